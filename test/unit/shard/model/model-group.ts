/**
 * A store group without Raft: what is proposed is applied when the model delivers it, and a replica that lags behind
 * is an earlier copy of the table.
 */

import { DEFAULT_KV_SETTINGS } from '../../../../src/kv/index.ts';
import {
  asShardId,
  type GroupId,
  type Served,
  ShardedStore,
  type ShardOf,
  type ShardRequest,
  type StoreAnswer,
  type StoreQuery,
  type StoreResult,
  type Work,
} from '../../../../src/shard/index.ts';
import type { Row } from '../../../../src/storage/index.ts';
import { MemoryTable } from '../../../../tools/memory-storage/index.ts';
import { ModelFailure } from './model-failure.ts';

/** So small that some copies begin anew. */
const MODEL_RECORD_LIMITS = { recordRowsMax: 9, recordBytesMax: 250 };

/** How far a replica may lag behind, in log entries. */
export const LAG_MAX = 30;

/** A key's shard is its first character. */
export const shardOfKey: ShardOf = (key) => asShardId(Number(key[0]));

/** A resend anywhere must get what the first call got. */
const MODEL_KV_SETTINGS = {
  ...DEFAULT_KV_SETTINGS,
  keptPreviousBytesMax: DEFAULT_KV_SETTINGS.valueBytesMax,
};

export class ModelGroup {
  readonly id: GroupId;
  readonly #store: ShardedStore;
  /** The table after each of the last entries, the newest last. */
  readonly #tables: MemoryTable[] = [new MemoryTable()];

  constructor(id: GroupId, shardCount: number) {
    this.id = id;
    this.#store = new ShardedStore({
      group: id,
      shardCount,
      shardOf: shardOfKey,
      kv: MODEL_KV_SETTINGS,
      record: MODEL_RECORD_LIMITS,
    });
  }

  apply(command: Uint8Array, timeMs: number): StoreResult {
    const table = this.#replica(0).copy();
    const result = this.#store.apply(table, command, timeMs);
    this.#tables.push(table);
    if (this.#tables.length > LAG_MAX + 1) this.#tables.shift();
    return result;
  }

  query(query: StoreQuery, lag = 0): StoreAnswer {
    return this.#store.query(this.#replica(lag), query);
  }

  work(lag = 0): Work {
    const answer = this.query({ type: 'work' }, lag);
    if (answer.type !== 'work')
      throw new ModelFailure(`a question for work was answered with ${answer.type}`);
    return answer;
  }

  serve(request: ShardRequest, lag = 0): Served {
    const answer = this.query({ type: 'serve', request }, lag);
    switch (answer.type) {
      case 'part':
      case 'released':
      case 'anew':
      case 'gone':
      case 'not-now':
      case 'first':
        return answer;
      default:
        throw new ModelFailure(`a neighbour was answered with ${answer.type}`);
    }
  }

  rows(): readonly Row[] {
    return [...this.#replica(0).rows({ from: '', to: undefined })];
  }

  #replica(lag: number): MemoryTable {
    const table = this.#tables[Math.max(0, this.#tables.length - 1 - lag)];
    if (table === undefined) throw new ModelFailure('a group has lost its table');
    return table;
  }
}
