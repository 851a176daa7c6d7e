import type { ControllerClientOptions } from '../src/client/index.ts';
import { asGroupId, type GroupId } from '../src/shard/index.ts';
import type { Env } from './env.ts';
import { CONTROLLER, groupEntry, replicaNames, storeGroupName } from './objects/replica-name.ts';

/** Where the groups of this deployment are, and which it begins with. */
export interface ClusterPlaces {
  readonly controller: Omit<ControllerClientOptions, 'group'>;
  readonly controllerReplicas: readonly string[];
  readonly replicasOf: (group: GroupId) => readonly string[];
}

export function clusterPlaces(env: Env): ClusterPlaces {
  return {
    controller: {
      firstGroups: new Map(env.FIRST_GROUPS.map((group) => groupEntry(env, asGroupId(group)))),
      newClient: () => crypto.randomUUID(),
    },
    controllerReplicas: replicaNames(env, CONTROLLER),
    replicasOf: (group) => replicaNames(env, storeGroupName(group)),
  };
}
