/**
 * The operations of the store for those who use it. Each call settles within its deadline.
 *
 * client.C1  A write is resent under the session that it was first sent with, to whichever replica and group, until an
 *            answer to it comes.
 * client.C2  A write goes out under a second session only when it is certain that it was not, and will not be, executed
 *            under the first.
 * client.C3  An outcome that says neither "executed" nor "not executed" says `mayBeExecuted`. It is never guessed.
 */

import {
  type Command,
  type CommandResult,
  QUERY,
  type ScanQuery,
  type ScanResult,
  SESSION_COMMAND,
  type Session,
  type ValueResult,
} from '../kv/index.ts';
import { REPLICA_PATHS } from '../replica/index.ts';
import { asShardId, LOCAL_QUERY, type ShardId, type ShardOf, STORE_REPLY } from '../shard/index.ts';
import type { Call, CallOutcome, CallPort } from './call.ts';
import type { Route, ServedReply } from './route.ts';
import type { SessionPool } from './session-pool.ts';

export interface StoreClientOptions {
  readonly port: CallPort;
  readonly route: Route;
  readonly shardOf: ShardOf;
  /** For writes of callers who name no session. */
  readonly sessions: SessionPool;
  /** After so long a call ends, with an answer or without. */
  readonly deadlineMs: number;
  /** How long a replica that is asked for its own state has to answer. */
  readonly localAnswerMs: number;
}

export class StoreClient {
  readonly #options: StoreClientOptions;

  constructor(options: StoreClientOptions) {
    this.#options = options;
  }

  shardOf(key: string): ShardId {
    return this.#options.shardOf(key);
  }

  /** Of a session that the caller names, the caller sees to it that its numbers rise. */
  *write(command: Command, named?: Session): Call<CallOutcome<CommandResult>> {
    const { port, sessions, shardOf, deadlineMs } = this.#options;
    if (named !== undefined) {
      const outcome = yield* this.#send(command, named, deadlineMs);
      return hasForgotten(outcome) ? MAY_BE_EXECUTED : outcome;
    }
    const untilMs = port.nowMs() + deadlineMs;
    const shard = shardOf(command.key);
    const client = sessions.take(shard);
    try {
      let session = client.next(port.wallClockMs());
      for (;;) {
        const outcome = yield* this.#send(command, session, untilMs - port.nowMs());
        if (outcome.type === 'failed' || outcome.result.type !== 'session-expired') return outcome;
        session = client.renew(outcome.result.timeMs, port.wallClockMs());
        if (hasForgotten(outcome)) return MAY_BE_EXECUTED;
      }
    } finally {
      sessions.give(shard, client);
    }
  }

  /** Linearizable: it sees every write that was acknowledged before it was asked. */
  read(key: string): Call<CallOutcome<ValueResult>> {
    return this.#get(key, this.#options.deadlineMs);
  }

  /**
   * From any one replica whose state of the key's shard comes up to `minRevision`; it waits a little for that. Where the
   * one that is asked does not get there, or has not the shard, the read is linearizable.
   */
  *readStale(key: string, minRevision: number): Call<CallOutcome<ValueResult>> {
    const { port, route, shardOf, deadlineMs, localAnswerMs } = this.#options;
    const untilMs = port.nowMs() + deadlineMs;
    const group = route.groupFor(shardOf(key));
    const body = LOCAL_QUERY.encode({ key, minRevision });
    const timeoutMs = Math.min(localAnswerMs, deadlineMs);
    const answer = group && (yield* group.askAnyone(REPLICA_PATHS.localQuery, body, timeoutMs));
    const result = answer?.type === 'done' ? STORE_REPLY.tryDecode(answer.result) : undefined;
    if (answer?.type !== 'done' || result === undefined || !isValue(result))
      return yield* this.#get(key, untilMs - port.nowMs());
    return { type: 'answered', result, ageMsMax: answer.ageMsMax, mayBeExecuted: false };
  }

  /** A page of one shard. */
  *scan(query: ScanQuery): Call<CallOutcome<ScanResult>> {
    const shard = asShardId(query.shard);
    const outcome = yield* this.#query(QUERY.encode(query), shard, this.#options.deadlineMs);
    if (outcome.type === 'failed') return outcome;
    const { result } = outcome;
    return result.type === 'scanned' ? { ...outcome, result } : NO_ANSWER;
  }

  *#send(command: Command, session: Session, timeoutMs: number): Call<CallOutcome<CommandResult>> {
    const { route, shardOf } = this.#options;
    const body = SESSION_COMMAND.encode({ session, command });
    const outcome = yield* route.call(shardOf(command.key), REPLICA_PATHS.command, body, timeoutMs);
    if (outcome.type === 'failed') return outcome;
    const { result } = outcome;
    if (isValue(result) || result.type === 'scanned') return MAY_BE_EXECUTED;
    return { ...outcome, result };
  }

  *#get(key: string, timeoutMs: number): Call<CallOutcome<ValueResult>> {
    const shard = this.#options.shardOf(key);
    const outcome = yield* this.#query(QUERY.encode({ type: 'get', key }), shard, timeoutMs);
    if (outcome.type === 'failed') return outcome;
    return isValue(outcome.result) ? { ...outcome, result: outcome.result } : NO_ANSWER;
  }

  /** A read changes nothing, so nothing of it may be executed. */
  *#query(body: Uint8Array, shard: ShardId, timeoutMs: number): Call<CallOutcome<ServedReply>> {
    const outcome = yield* this.#options.route.call(shard, REPLICA_PATHS.query, body, timeoutMs);
    return { ...outcome, mayBeExecuted: false };
  }
}

const NO_ANSWER = { type: 'failed', reason: 'no-answer', mayBeExecuted: false } as const;
const MAY_BE_EXECUTED = { ...NO_ANSWER, mayBeExecuted: true } as const;

/** client.C2: an attempt without an answer may have been executed, and its session forgotten since. */
function hasForgotten(outcome: CallOutcome<CommandResult>): boolean {
  return outcome.type === 'answered' && outcome.result.type === 'session-expired' && outcome.mayBeExecuted;
}

function isValue(result: { readonly type: string }): result is ValueResult {
  return result.type === 'found' || result.type === 'absent';
}
