import type { TableReader } from '../storage/index.ts';
import type { ShardId } from './configuration.ts';
import {
  type ArrivingShard,
  type Confirmation,
  readConfiguration,
  readConfirmations,
  readShardStates,
} from './shard-state.ts';

/** What is left to do, read off the state: a new leader goes on where the last one was, without being told. */
export interface Work {
  readonly type: 'work';
  /** The configuration that the group has taken. */
  readonly configuration: number;
  readonly arriving: readonly { readonly shard: ShardId; readonly state: ArrivingShard }[];
  readonly deleting: readonly ShardId[];
  readonly confirmations: readonly Confirmation[];
}

export function findWork(table: TableReader, shardCount: number): Work {
  const arriving: { shard: ShardId; state: ArrivingShard }[] = [];
  const deleting: ShardId[] = [];
  for (const [shard, state] of readShardStates(table)) {
    if (state.type === 'arriving') arriving.push({ shard, state });
    if (state.type === 'deleting') deleting.push(shard);
  }
  return {
    type: 'work',
    configuration: readConfiguration(table, shardCount).number,
    arriving,
    deleting,
    confirmations: readConfirmations(table),
  };
}
