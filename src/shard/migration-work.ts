import type { TableReader } from '../storage/index.ts';
import type { ShardId } from './configuration.ts';
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
  /** The configuration that the group has taken. */
  readonly configuration: number;
  /** By rising shard; those that are simply somebody else's are left out. */
  readonly shards: readonly (readonly [ShardId, ShardState])[];
  readonly confirmations: readonly Confirmation[];
}

export function findWork(table: TableReader, shardCount: number): Work {
  return {
    type: 'work',
    configuration: readConfiguration(table, shardCount).number,
    shards: readShardStates(table),
    confirmations: readConfirmations(table),
  };
}
