import type { TableReader } from '../storage/index.ts';
import type { GroupId, ShardId } from './configuration.ts';
import {
  type Confirmation,
  readConfiguration,
  readConfirmations,
  readLostWith,
  readShardStates,
  type ShardState,
} from './shard-state.ts';

/** What the group has to do with shards, read off its state: a new leader goes on where the last one was, untold. */
export interface Work {
  readonly type: 'work';
  readonly group: GroupId;
  /** The configuration that the group has taken. */
  readonly configuration: number;
  /** Of the cluster, as the group has learned it; of the settings before the first configuration. */
  readonly shardCount: number;
  /** By rising shard; those that are simply somebody else's are left out. */
  readonly shards: readonly (readonly [ShardId, ShardState])[];
  readonly confirmations: readonly Confirmation[];
  /** The configuration that declared this group lost, once it has learned of it. */
  readonly lostWith: number | undefined;
}

export function findWork(table: TableReader, group: GroupId, shardCount: number): Work {
  const configuration = readConfiguration(table, shardCount);
  return {
    type: 'work',
    group,
    configuration: configuration.number,
    shardCount: configuration.shards.length,
    shards: readShardStates(table),
    confirmations: readConfirmations(table),
    lostWith: readLostWith(table),
  };
}

/** The group has finished with every configuration up to this number: none of their moves waits for it, or for others. */
export function settledOf({ configuration, shards, confirmations }: Work): number {
  const underWay = [...shards.map(([, state]) => state), ...confirmations];
  return underWay.reduce(
    (settled, each) => ('configuration' in each ? Math.min(settled, each.configuration - 1) : settled),
    configuration,
  );
}
