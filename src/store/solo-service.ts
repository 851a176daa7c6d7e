/**
 * The unreplicated store as it is asked: the same state machine as a group's, on a table of its own, and no consensus.
 * It answers as a replica does, so that the same clients call both.
 */

import { type CommandResult, DEFAULT_KV_SETTINGS, growsStore, QUERY, SESSION_COMMAND } from '../kv/index.ts';
import { asIndex } from '../raft/index.ts';
import { REPLICA_ANSWER, REPLICA_PATHS } from '../replica/index.ts';
import { asShardId, STORE_REPLY, type StoreReply, WholeStore } from '../shard/index.ts';
import type { Table } from '../storage/index.ts';
import type { Respond, Server } from './replica-server.ts';

export interface SoloParts {
  readonly table: Table;
  /** Runs what applies one command, so that what it writes is written whole. */
  readonly transaction: (apply: () => CommandResult) => CommandResult;
  readonly wallClockMs: () => number;
  /** Why nothing should be added, in words; undefined as long as there is room. */
  readonly shortage?: () => string | undefined;
}

const ONLY_SHARD = asShardId(0);
/** There is no log. */
const ANY_INDEX = asIndex(0);

export class SoloService implements Server {
  readonly #parts: SoloParts;
  readonly #store = new WholeStore(() => ONLY_SHARD, DEFAULT_KV_SETTINGS);

  constructor(parts: SoloParts) {
    this.#parts = parts;
  }

  /** Responds before it returns. */
  handle(path: string, body: Uint8Array, respond: Respond): void {
    if (path === REPLICA_PATHS.command && this.#lacksRoomFor(body)) {
      return respond(REPLICA_ANSWER.encode({ type: 'storage-full' }));
    }
    const reply = this.#reply(path, body);
    if (reply === undefined) return respond(undefined);
    const result = STORE_REPLY.encode(reply);
    respond(REPLICA_ANSWER.encode({ type: 'done', index: ANY_INDEX, result, ageMsMax: undefined }));
  }

  #lacksRoomFor(body: Uint8Array): boolean {
    if (this.#parts.shortage?.() === undefined) return false;
    const sent = SESSION_COMMAND.tryDecode(body);
    return sent !== undefined && growsStore(sent);
  }

  #reply(path: string, body: Uint8Array): StoreReply | undefined {
    const { table, transaction, wallClockMs } = this.#parts;
    switch (path) {
      case REPLICA_PATHS.command:
        if (SESSION_COMMAND.tryDecode(body) === undefined) return undefined;
        return transaction(() => this.#store.apply(table, body, wallClockMs()));
      case REPLICA_PATHS.query: {
        const query = QUERY.tryDecode(body);
        return query && this.#store.read(table, query);
      }
      default:
        return undefined;
    }
  }
}
