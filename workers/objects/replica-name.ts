/**
 * How replicas are called: `group-3/1` is the first of store group 3, `controller/1` of the controller's group. The name
 * of a replica is the name of its object, and what configurations and clients know it by.
 */

import { asReplicaId, type ReplicaId } from '../../src/raft/index.ts';
import { asGroupId, type GroupId, type GroupInfo } from '../../src/shard/index.ts';
import type { Env } from '../env.ts';

export interface ReplicaName {
  readonly group: string;
  readonly id: ReplicaId;
}

/** The one group of the shard controller. */
export const CONTROLLER = 'controller';

/** The unreplicated server, the only one of its kind. */
export const SOLO = 'solo';

export function storeGroupName(group: number): string {
  return `group-${group}`;
}

/** Undefined when it is not the name of a store group. */
export function parseStoreGroupName(name: string): GroupId | undefined {
  const [, digits] = /^group-([1-9]\d*)$/.exec(name) ?? [];
  return digits === undefined ? undefined : asGroupId(Number(digits));
}

export function formatReplicaName({ group, id }: ReplicaName): string {
  return `${group}/${id}`;
}

/** Undefined when it is not the name of a replica. */
export function parseReplicaName(name: string): ReplicaName | undefined {
  const [, group, id] = /^([^/]+)\/([1-9]\d*)$/.exec(name) ?? [];
  return group === undefined || id === undefined ? undefined : { group, id: asReplicaId(Number(id)) };
}

/** The members of a new group. */
export function firstReplicas(env: Env): readonly ReplicaId[] {
  return Array.from({ length: env.REPLICAS_PER_GROUP }, (_, slot) => asReplicaId(slot + 1));
}

export function replicaNames(env: Env, group: string): readonly string[] {
  return firstReplicas(env).map((id) => formatReplicaName({ group, id }));
}

/** A store group, as a configuration names it. */
export function groupEntry(env: Env, group: GroupId): readonly [GroupId, GroupInfo] {
  return [group, { replicas: replicaNames(env, storeGroupName(group)) }];
}

/**
 * A fresh stub: a broken one stays broken. The runtime's own retries are off, since a message that arrives ten seconds
 * late helps nobody. The location hint counts only at the very first use of the object, so whoever comes first gives it.
 */
export function stubOf(env: Env, name: string): DurableObjectStub {
  const { group, id } = parseReplicaName(name) ?? { group: name, id: asReplicaId(1) };
  const namespace = namespaceOf(env, group);
  const hint = env.LOCATION_HINTS[(id - 1) % env.LOCATION_HINTS.length];
  const options: DurableObjectNamespaceGetDurableObjectOptions = { retry: { maxRetries: 0 } };
  if (isLocationHint(hint)) options.locationHint = hint;
  return namespace.get(namespace.idFromName(name), options);
}

function namespaceOf(env: Env, group: string): DurableObjectNamespace {
  switch (group) {
    case CONTROLLER:
      return env.CONTROLLER_REPLICA;
    case SOLO:
      return env.KV_SERVER;
    default:
      return env.STORE_REPLICA;
  }
}

function isLocationHint(hint: string | undefined): hint is DurableObjectLocationHint {
  return hint !== undefined && hint !== '';
}
