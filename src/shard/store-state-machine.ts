import {
  answerQuery,
  applyCommand,
  type CommandResult,
  decodeCommand,
  type KvSettings,
  type Query,
  type QueryResult,
} from '../kv/index.ts';
import { invariant } from '../protocol/index.ts';
import type { Table, TableReader } from '../storage/index.ts';
import type { ShardOf } from './hash.ts';

/** The state machine of a store group: key/value commands, each in the shard of its key. */
export class StoreStateMachine {
  readonly #shardOf: ShardOf;
  readonly #settings: KvSettings;

  constructor(shardOf: ShardOf, settings: KvSettings) {
    this.#shardOf = shardOf;
    this.#settings = settings;
  }

  apply(table: Table, bytes: Uint8Array, timeMs: number): CommandResult {
    const sessionCommand = decodeCommand(bytes);
    invariant(sessionCommand !== undefined, 'the log holds a command that this code does not know');
    const shard = this.#shardOf(sessionCommand.command.key);
    return applyCommand(table, { ...sessionCommand, shard, timeMs }, this.#settings);
  }

  query(table: TableReader, query: Query): QueryResult {
    return answerQuery(table, this.#shardOf(query.key), query);
  }
}
