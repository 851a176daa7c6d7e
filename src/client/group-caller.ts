/**
 * Finds the replica of a group that can answer, and goes on until one does or the time is up. Whom it believes to lead
 * is a hint: the group decides, and a wrong guess is answered with a better one.
 *
 * A request is resent as it is. So it must be harmless to execute it twice: a read, or a write that names its session.
 *
 * client.G1  An outcome says `mayBeExecuted` if an attempt had no answer, or one that leaves it open.
 */

import { invariant } from '../raft/index.ts';
import { REPLICA_ANSWER, type ReplicaAnswer, type ReplicaPath } from '../replica/index.ts';
import { Backoff } from './backoff.ts';
import type { Call, CallOutcome, CallPort } from './call.ts';

/**
 * Of the time of a call: so much shows that a silent replica is gone. One that somebody has just said to lead is given
 * more before another is asked, who would but name it again: each call would then have only what the redirect leaves.
 */
const PATIENCE = 1 / 2;
const PATIENCE_WITH_NAMED = 7 / 8;
/** Redirects that are followed without a pause. Two replicas may each believe that the other leads. */
const EAGER_REDIRECTS_MAX = 2;

interface Silence {
  /** Of the call. */
  readonly timeoutMs: number;
  /** When the replica was asked. */
  readonly leftMs: number;
  readonly deadlineMs: number;
  /** Another replica had just said that this one leads. */
  readonly isNamed: boolean;
}

export class GroupCaller {
  readonly #port: CallPort;
  /** By rising id, from 1. */
  readonly #replicas: readonly string[];
  /** The position of the replica that is believed to lead. */
  #leader: number;

  constructor(replicas: readonly string[], port: CallPort) {
    invariant(replicas.length > 0, 'a group has replicas');
    this.#port = port;
    this.#replicas = replicas;
    this.#leader = 0;
  }

  /** On the clock by which calls end. */
  nowMs(): number {
    return this.#port.nowMs();
  }

  /** For those who ask the group again after it has refused. */
  newBackoff(): Backoff {
    return new Backoff(this.#port);
  }

  *untilAnswered(path: ReplicaPath, body: Uint8Array, timeoutMs: number): Call<CallOutcome<Uint8Array>> {
    const deadlineMs = this.#port.nowMs() + timeoutMs;
    const backoff = this.newBackoff();
    let eagerRedirects = 0;
    let mayBeExecuted = false;
    let isHeard = false;
    let named: number | undefined;
    const refusing = new Set<number>();
    for (let leftMs = timeoutMs; leftMs > 0; leftMs = deadlineMs - this.#port.nowMs()) {
      const asked = this.#leader;
      const answer = yield* this.#ask(asked, path, body, leftMs);
      isHeard ||= answer !== undefined;
      if (answer?.type === 'done') {
        const { result, ageMsMax } = answer;
        return { type: 'answered', result, ageMsMax, mayBeExecuted };
      }
      const refused = refusalOf(answer, mayBeExecuted);
      if (refused !== undefined) return refused;
      if (answer?.type === 'shard-count') {
        // While settings are being changed, others may still serve: only all of them are the last word.
        refusing.add(asked);
        if (refusing.size === this.#replicas.length) {
          return { type: 'failed', reason: 'no-answer', mayBeExecuted, why: answer };
        }
      }
      mayBeExecuted ||= answer === undefined || answer.type === 'unknown';
      const isNamed = asked === named;
      const hadNoTime = answer === undefined && this.#hadNoTime({ timeoutMs, leftMs, deadlineMs, isNamed });
      // A leader that is full still leads, and so may one that was asked when the time was nearly up.
      const redirected = answer?.type !== 'overloaded' && !hadNoTime && this.#follow(asked, answer);
      named = redirected ? this.#leader : undefined;
      if (redirected && eagerRedirects < EAGER_REDIRECTS_MAX) eagerRedirects += 1;
      else yield backoff.next(deadlineMs - this.#port.nowMs());
    }
    const why = isHeard ? ({ type: 'no-leader', group: undefined } as const) : undefined;
    return { type: 'failed', reason: 'no-answer', mayBeExecuted, why };
  }

  /** Any one replica, once. */
  askAnyone(
    path: ReplicaPath,
    body: Uint8Array,
    timeoutMs: number,
  ): Call<ReplicaAnswer<Uint8Array> | undefined> {
    return this.#ask(this.#port.random(this.#replicas.length), path, body, timeoutMs);
  }

  *#ask(
    position: number,
    path: ReplicaPath,
    body: Uint8Array,
    timeoutMs: number,
  ): Call<ReplicaAnswer<Uint8Array> | undefined> {
    const replica = this.#replicas[position];
    invariant(replica !== undefined, `the group has no replica ${position + 1}`);
    const answer = yield { type: 'ask', attempt: { replica, path, body, timeoutMs } };
    return answer && REPLICA_ANSWER.tryDecode(answer);
  }

  /** Of a replica that has not answered. A connection that breaks early says more than silence. */
  #hadNoTime({ timeoutMs, leftMs, deadlineMs, isNamed }: Silence): boolean {
    const patience = isNamed ? PATIENCE_WITH_NAMED : PATIENCE;
    const wasSilentForMs = leftMs - (deadlineMs - this.#port.nowMs());
    return leftMs < patience * timeoutMs && wasSilentForMs >= leftMs / 2;
  }

  /** Moves the hint on, unless another call has done so meanwhile. Returns whether somebody else is known to lead. */
  #follow(asked: number, answer: ReplicaAnswer<Uint8Array> | undefined): boolean {
    const hint = answer !== undefined && 'leader' in answer ? answer.leader : undefined;
    const hinted = (hint ?? 0) - 1;
    if (hinted !== asked && this.#replicas[hinted] !== undefined) {
      this.#leader = hinted;
      return true;
    }
    if (this.#leader !== asked) return true;
    this.#leader = (asked + 1) % this.#replicas.length;
    return false;
  }
}

/**
 * The group's own no, if it is the last word. Without `storage-full` it is not when an earlier attempt may still be
 * executed: only an answer to the same session can tell. Where there is no room, another attempt would find none either.
 */
function refusalOf(
  answer: ReplicaAnswer<Uint8Array> | undefined,
  mayBeExecuted: boolean,
): CallOutcome<never> | undefined {
  if (answer?.type === 'storage-full') return { type: 'failed', reason: 'storage-full', mayBeExecuted };
  if (mayBeExecuted) return undefined;
  switch (answer?.type) {
    case 'overloaded':
      return { type: 'failed', reason: 'overloaded', mayBeExecuted };
    case 'unreadable':
      return { type: 'failed', reason: 'unreadable', replica: answer.replica, mayBeExecuted };
    case 'too-large':
      return { type: 'failed', reason: 'too-large', bytesMax: answer.bytesMax, mayBeExecuted };
    default:
      return undefined;
  }
}
