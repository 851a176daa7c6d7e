/**
 * A client of a replicated store: one call at a time, each executed exactly once.
 *
 * Invariants:
 * C1  A write is resent under the session it was first sent with, to whichever replica, until an answer to it comes.
 * C2  A write goes out under a second session only when it is certain that it was not, and will not be, executed under
 *     the first.
 * C3  An outcome that says neither "executed" nor "not executed" is `unknown`. It is never guessed.
 */

import {
  type Command,
  type CommandResult,
  decodeCommandResult,
  decodeQueryResult,
  encodeCommand,
  type KvSettings,
  type QueryResult,
} from '../kv/index.ts';
import { invariant, REPLICA_PATHS } from '../protocol/index.ts';
import type { ReplicaId } from '../raft/index.ts';
import type { Call } from './call.ts';
import { ClientSession } from './client-session.ts';
import { type GroupAnswer, GroupCaller } from './group-caller.ts';

export interface ClerkOptions {
  /** In the order in which this clerk tries them. */
  readonly replicas: readonly ReplicaId[];
  /** The store's own settings. */
  readonly settings: KvSettings;
  /** A call that has no answer after so long ends without one, when its current attempt has ended. */
  readonly giveUpAfterMs: number;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** A uniform integer in [0, bound). */
  readonly random: (bound: number) => number;
  /** See `ClientSessionOptions`. */
  readonly uniquePart: () => string;
}

export type Failure =
  /** Nothing was done, nor will be. */
  | { readonly type: 'not-executed'; readonly reason: 'no-answer' | 'overloaded' | 'wrong-group' }
  /** It was executed, or will be, or neither. */
  | { readonly type: 'unknown'; readonly reason: 'no-answer' | 'session-expired' };

export type WriteOutcome = Exclude<CommandResult, { type: 'session-expired' }> | Failure;
export type ReadOutcome = QueryResult | Extract<Failure, { type: 'not-executed' }>;

export class Clerk {
  readonly #options: ClerkOptions;
  readonly #group: GroupCaller;
  readonly #session: ClientSession;
  #isCalling = false;

  constructor(options: ClerkOptions) {
    this.#options = options;
    this.#group = new GroupCaller(options);
    this.#session = new ClientSession(options);
  }

  get(key: string): Call<ReadOutcome> {
    return this.#alone(this.#read(key));
  }

  put(key: string, value: Uint8Array): Call<WriteOutcome> {
    return this.#alone(this.#write({ type: 'put', key, value }));
  }

  append(key: string, value: Uint8Array): Call<WriteOutcome> {
    return this.#alone(this.#write({ type: 'append', key, value }));
  }

  delete(key: string): Call<WriteOutcome> {
    return this.#alone(this.#write({ type: 'delete', key }));
  }

  *#read(key: string): Call<ReadOutcome> {
    const request = { path: REPLICA_PATHS.query, body: new TextEncoder().encode(key) };
    const answer = yield* this.#group.untilAnswered(request, this.#giveUpAtMs());
    if (answer.type !== 'done') return notExecuted(answer);
    const result = decodeQueryResult(answer.result);
    invariant(result !== undefined, 'a replica answered a query in an unknown format');
    return result;
  }

  *#write(command: Command): Call<WriteOutcome> {
    const { nowMs } = this.#options;
    const giveUpAtMs = this.#giveUpAtMs();
    let session = this.#session.next(nowMs());
    for (;;) {
      const request = { path: REPLICA_PATHS.command, body: encodeCommand({ session, command }) };
      const answer = yield* this.#group.untilAnswered(request, giveUpAtMs);
      const { mayBeExecuted } = answer;
      if (answer.type !== 'done')
        return mayBeExecuted ? { type: 'unknown', reason: 'no-answer' } : notExecuted(answer);
      const result = decodeCommandResult(answer.result);
      invariant(result !== undefined, 'a replica answered a command in an unknown format');
      if (result.type !== 'session-expired') return result;
      session = this.#session.renew(result.timeMs, nowMs());
      // C2: an attempt without an answer may have been executed, and its session forgotten since.
      if (mayBeExecuted) return { type: 'unknown', reason: 'session-expired' };
      if (nowMs() >= giveUpAtMs) return { type: 'not-executed', reason: 'no-answer' };
    }
  }

  #giveUpAtMs(): number {
    return this.#options.nowMs() + this.#options.giveUpAfterMs;
  }

  *#alone<Outcome>(call: Call<Outcome>): Call<Outcome> {
    invariant(!this.#isCalling, 'a clerk makes one call at a time');
    this.#isCalling = true;
    try {
      return yield* call;
    } finally {
      this.#isCalling = false;
    }
  }
}

function notExecuted(
  answer: Exclude<GroupAnswer, { type: 'done' }>,
): Extract<Failure, { type: 'not-executed' }> {
  if (answer.type === 'wrong-group') return { type: 'not-executed', reason: 'wrong-group' };
  return { type: 'not-executed', reason: answer.overloaded ? 'overloaded' : 'no-answer' };
}
