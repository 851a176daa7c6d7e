import {
  answerQuery,
  applyCommand,
  type CommandResult,
  type KvSettings,
  type Query,
  type QueryResult,
  readsShardRow,
  revisionOf,
  SESSION_COMMAND,
} from '../kv/index.ts';
import type { Table, TableReader } from '../storage/index.ts';
import { NOBODY } from './configuration.ts';
import type { ShardOf } from './hash.ts';
import type { StoreAnswer, StoreQuery } from './sharded-store.ts';
import { STORE_LEVEL, storeLevelOf } from './store-command.ts';

/** The state machine of a store that shares its shards with nobody: all of them are always served. */
export class WholeStore {
  readonly #shardOf: ShardOf;
  readonly #settings: KvSettings;

  constructor(shardOf: ShardOf, settings: KvSettings) {
    this.#shardOf = shardOf;
    this.#settings = settings;
  }

  get reads(): number {
    return STORE_LEVEL;
  }

  levelOf(command: Uint8Array): number | undefined {
    return storeLevelOf(command);
  }

  readsRow(key: string, value: Uint8Array): boolean {
    return readsShardRow(key, value);
  }

  apply(table: Table, bytes: Uint8Array, timeMs: number): CommandResult {
    const sent = SESSION_COMMAND.tryDecode(bytes);
    if (sent === undefined) return { type: 'unreadable' };
    const shard = this.#shardOf(sent.command.key);
    return applyCommand(table, { ...sent, shard, timeMs, bytes }, this.#settings);
  }

  read(table: TableReader, query: Query): QueryResult {
    return answerQuery(table, query.type === 'scan' ? query.shard : this.#shardOf(query.key), query);
  }

  query(table: TableReader, query: StoreQuery): StoreAnswer {
    switch (query.type) {
      case 'get':
      case 'scan':
        return this.read(table, query);
      case 'serve':
        return { type: 'not-now' };
      case 'standing':
        return { type: 'served-here', revision: revisionOf(table, query.shard) };
      case 'work':
        return {
          type: 'work',
          group: NOBODY,
          configuration: 0,
          shardCount: 0,
          shards: [],
          confirmations: [],
          lostWith: undefined,
        };
    }
  }
}
