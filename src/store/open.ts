/** Opens a replica of a group on its disk, together with all that is deployed around it. */

import {
  type CallPort,
  ControllerClient,
  type ControllerClientOptions,
  GroupCaller,
} from '../client/index.ts';
import type { ChangeResult, ConfigurationQuery } from '../controller/index.ts';
import { Replica, type ReplicaParts } from '../replica/index.ts';
import {
  type Configuration,
  type GroupId,
  ShardCountError,
  type ShardOf,
  type StoreAnswer,
  type StoreQuery,
  type StoreResult,
} from '../shard/index.ts';
import { controllerService } from './controller-service.ts';
import { MigrationHost, type MigrationSettings } from './migration-host.ts';
import { type Halt, ReplicaServer, type Server } from './replica-server.ts';
import { type StoreGroupReplica, StoreService } from './store-service.ts';
import type { TraceRing } from './trace-ring.ts';

/** A replica that runs, and what serves it. */
export interface Opened<Result, Query, Answer> {
  readonly replica: Replica<Result, Query, Answer>;
  readonly server: Server;
}

/** What the deployed replicas of all kinds have besides. */
export interface ServedParts<Result, Query, Answer> extends ReplicaParts<Result, Query, Answer> {
  /** Where the notes are that go to `trace`, so that others can read them. */
  readonly traceRing?: TraceRing | undefined;
  /** Why an earlier life ended, if somebody remembers. */
  readonly lastHalt?: Halt | undefined;
}

export type ControllerParts = ServedParts<ChangeResult, ConfigurationQuery, Configuration>;

export interface StoreParts extends ServedParts<StoreResult, StoreQuery, StoreAnswer> {
  readonly shardOf: ShardOf;
  /** By the settings; undefined if the group has all shards for good. */
  readonly shardCount: number | undefined;
  /** By the settings that the replica's disk was made with, if that is known. */
  readonly shardCountAtFirst?: number | undefined;
  /** Undefined: the group has all shards for good. */
  readonly migration: Migration | undefined;
}

export interface Migration {
  readonly port: CallPort;
  readonly settings: MigrationSettings;
  readonly controller: Omit<ControllerClientOptions, 'group'>;
  /** The names of the controller's replicas, by rising id. */
  readonly controllerReplicas: readonly string[];
  /** The names of a store group's replicas, by rising id. */
  readonly replicasOf: (group: GroupId) => readonly string[];
}

/** Throws what the constructor of `Replica` throws. */
export function openController(
  parts: ControllerParts,
): Opened<ChangeResult, ConfigurationQuery, Configuration> {
  const replica = new Replica(parts);
  return {
    replica,
    server: new ReplicaServer(replica, controllerService(replica), parts.traceRing, parts.lastHalt),
  };
}

/**
 * Throws what the constructor of `Replica` throws, and `ShardCountError` if the group has taken configurations of another
 * number of shards. As leader it also sees to it that shards move.
 */
export function openStore(parts: StoreParts): Opened<StoreResult, StoreQuery, StoreAnswer> {
  const { migration, shardCount, shardCountAtFirst = shardCount } = parts;
  // Before anything is applied: entries that come again would come to something else.
  if (shardCount !== undefined && shardCountAtFirst !== shardCount) {
    throw new ShardCountError(shardCountAtFirst ?? shardCount, shardCount);
  }
  const neighbours = new Map<GroupId, GroupCaller>();
  let host: MigrationHost | undefined;
  const replica: Replica<StoreResult, StoreQuery, StoreAnswer> = new Replica({
    ...parts,
    onRoleChange: () => {
      host?.stop();
      host = replica.isLeader && migration !== undefined ? lead(migration) : undefined;
      parts.onRoleChange?.();
    },
  });
  const lead = ({ port, settings, controller, controllerReplicas, replicasOf }: Migration): MigrationHost => {
    const group = new GroupCaller(controllerReplicas, port);
    return new MigrationHost({
      replica,
      port,
      settings,
      controller: new ControllerClient({ ...controller, group }),
      neighbour(group) {
        const caller = neighbours.get(group) ?? new GroupCaller(replicasOf(group), port);
        neighbours.set(group, caller);
        return caller;
      },
    });
  };
  refuseOtherShardCount(replica, parts.shardCount);
  const service = new StoreService(replica, parts.shardOf, () => host?.look());
  return { replica, server: new ReplicaServer(replica, service, parts.traceRing, parts.lastHalt) };
}

/** Keys would be looked for in shards where they are not, and answered as absent. */
function refuseOtherShardCount(replica: StoreGroupReplica, set: number | undefined): void {
  const answer = replica.queryLocal({ type: 'work' });
  if (set === undefined || answer.type !== 'done' || answer.result.type !== 'work') return;
  const { shardCount: made } = answer.result;
  if (made === set) return;
  replica.stop();
  throw new ShardCountError(made, set);
}
