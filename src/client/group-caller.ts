/**
 * Finds the replica of a group that can answer, and goes on until one does or the time is up. Whom it believes to lead
 * is a hint: the group decides, and a wrong guess is answered with a better one.
 *
 * A request is resent as it is. So it must be harmless to execute it twice: a read, or a write that names its session.
 */

import { invariant, type ReplicaAnswer } from '../protocol/index.ts';
import type { ReplicaId } from '../raft/index.ts';
import type { Call, Request } from './call.ts';

export type GroupAnswer = (
  | Extract<ReplicaAnswer, { type: 'done' | 'wrong-group' }>
  /** The time is up; `overloaded`: for lack of room. */
  | { readonly type: 'no-answer'; readonly overloaded: boolean }
) & {
  /** Some attempt had no answer that says whether the request is executed: it was, or will be, or neither. */
  readonly mayBeExecuted: boolean;
};

export interface GroupCallerOptions {
  /** In the order in which this client tries them: clients should differ. */
  readonly replicas: readonly ReplicaId[];
  readonly nowMs: () => number;
  /** A uniform integer in [0, bound). */
  readonly random: (bound: number) => number;
}

/** Redirects that are followed without a pause. Two replicas may each believe that the other leads. */
const EAGER_REDIRECTS_MAX = 2;
/** Doubled with each pause, half of it random, so that clients spread. */
const FIRST_PAUSE_MS = 5;
const PAUSE_MS_MAX = 200;

export class GroupCaller {
  readonly #options: GroupCallerOptions;
  #target: ReplicaId;

  constructor(options: GroupCallerOptions) {
    const [first] = options.replicas;
    invariant(first !== undefined, 'a group has replicas');
    this.#options = options;
    this.#target = first;
  }

  *untilAnswered(request: Request, giveUpAtMs: number): Call<GroupAnswer> {
    let mayBeExecuted = false;
    let redirects = 0;
    let pauseMs = FIRST_PAUSE_MS;
    for (;;) {
      const asked = this.#target;
      const answer = yield { type: 'ask', replica: asked, request };
      if (answer?.type === 'done' || answer?.type === 'wrong-group') return { ...answer, mayBeExecuted };
      mayBeExecuted ||= answer === undefined || answer.type === 'unknown';
      if (this.#options.nowMs() >= giveUpAtMs) {
        return { type: 'no-answer', overloaded: answer?.type === 'overloaded', mayBeExecuted };
      }
      if (this.#redirect(asked, answer) && redirects < EAGER_REDIRECTS_MAX) {
        redirects += 1;
        continue;
      }
      redirects = 0;
      yield { type: 'pause', durationMs: this.#spread(pauseMs) };
      pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX);
    }
  }

  /** Moves the hint on. Returns whether another replica is known to lead. */
  #redirect(asked: ReplicaId, answer: ReplicaAnswer | undefined): boolean {
    // One that is full leads, and may have room later.
    if (answer?.type === 'overloaded') return false;
    const { replicas } = this.#options;
    const leader = answer !== undefined && 'leader' in answer ? answer.leader : undefined;
    if (leader !== undefined && leader !== asked && replicas.includes(leader)) {
      this.#target = leader;
      return true;
    }
    this.#target = replicas[(replicas.indexOf(asked) + 1) % replicas.length] ?? asked;
    return false;
  }

  #spread(pauseMs: number): number {
    const half = Math.ceil(pauseMs / 2);
    return half + this.#options.random(half + 1);
  }
}
