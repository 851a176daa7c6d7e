import type { TableReader } from '../storage/index.ts';
import type { GroupId, ShardId } from './configuration.ts';
import {
  type Confirmation,
  readConfiguration,
  readConfirmations,
  readShardStates,
  type ShardState,
} from './shard-state.ts';

/** What the group has to do with shards, read off its state: a new leader goes on where the last one was, untold. */
export interface Work {
  readonly type: 'work';
  readonly group: GroupId;
  /** The configuration that the group has taken. */
  readonly configuration: number;
  /** Of the whole cluster. */
  readonly shardCount: number;
  /** By rising shard; those that are simply somebody else's are left out. */
  readonly shards: readonly (readonly [ShardId, ShardState])[];
  readonly confirmations: readonly Confirmation[];
}

export function findWork(table: TableReader, group: GroupId, shardCount: number): Work {
  return {
    type: 'work',
    group,
    configuration: readConfiguration(table, shardCount).number,
    shardCount,
    shards: readShardStates(table),
    confirmations: readConfirmations(table),
  };
}
