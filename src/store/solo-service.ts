/**
 * The unreplicated store as it is asked: the same state machine as a group's, on a table of its own, and no consensus.
 * It answers as a replica does, so that the same clients call both.
 */

import {
  type CommandResult,
  growsStore,
  type KvSettings,
  QUERY,
  SESSION_COMMAND,
  type SessionCommand,
} from '../kv/index.ts';
import { asIndex } from '../raft/index.ts';
import { type ByteBudget, REPLICA_ANSWER, REPLICA_PATHS, type ReplicaAnswer } from '../replica/index.ts';
import { asShardId, STORE_REPLY, type StoreReply, WholeStore } from '../shard/index.ts';
import type { Table } from '../storage/index.ts';
import { answerGathered, type Gathering } from './answer-gathered.ts';
import type { Respond, Server } from './replica-server.ts';

export interface SoloParts {
  readonly settings: KvSettings;
  readonly table: Table;
  /** Runs what applies one command, so that what it writes is written whole. */
  readonly transaction: (apply: () => CommandResult) => CommandResult;
  readonly wallClockMs: () => number;
  /** Why nothing should be added, in words; undefined as long as there is room. */
  readonly shortage?: () => string | undefined;
  /** As of a replica: who asks for a value is refused when it is full. */
  readonly answers?: ByteBudget | undefined;
}

const ONLY_SHARD = asShardId(0);
/** There is no log. */
const ANY_INDEX = asIndex(0);

export class SoloService implements Server {
  readonly #parts: SoloParts;
  readonly #store: WholeStore;

  readonly #gathering: Gathering;

  constructor(parts: SoloParts) {
    this.#parts = parts;
    this.#gathering = {
      together: (ask) => ask(),
      keepAnswer: (bytes) => parts.answers?.keep(bytes) ?? (() => undefined),
    };
    this.#store = new WholeStore(() => ONLY_SHARD, parts.settings);
  }

  /** Responds before it returns. */
  handle(path: string, body: Uint8Array, respond: Respond): void {
    if (path === REPLICA_PATHS.gathered) return answerGathered(this, this.#gathering, body, respond);
    const answer = this.#answer(path, body);
    respond(answer && REPLICA_ANSWER.encode(answer));
  }

  #lacksRoomFor(sent: SessionCommand): boolean {
    return this.#parts.shortage?.() !== undefined && growsStore(sent);
  }

  #answer(path: string, body: Uint8Array): ReplicaAnswer<Uint8Array> | undefined {
    const { table, transaction, wallClockMs, answers } = this.#parts;
    const isFull = answers?.isFull === true;
    switch (path) {
      case REPLICA_PATHS.command: {
        const sent = SESSION_COMMAND.tryDecode(body);
        if (sent === undefined) return undefined;
        if (this.#lacksRoomFor(sent)) return { type: 'storage-full' };
        if (isFull && sent.command.type === 'append') return { type: 'overloaded' };
        return done(transaction(() => this.#store.apply(table, body, wallClockMs())));
      }
      case REPLICA_PATHS.query: {
        const query = QUERY.tryDecode(body);
        if (query === undefined) return undefined;
        return isFull ? { type: 'overloaded' } : done(this.#store.read(table, query));
      }
      default:
        return undefined;
    }
  }
}

function done(reply: StoreReply): ReplicaAnswer<Uint8Array> {
  return { type: 'done', index: ANY_INDEX, result: STORE_REPLY.encode(reply), ageMsMax: undefined };
}
