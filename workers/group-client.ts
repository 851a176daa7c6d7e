/**
 * Finds the replica of a group that can answer, and goes on until one does or the time is up. Whom it believes to lead
 * is a hint: the group decides, and a wrong guess is answered with a better one.
 */

import type { ReplicaAnswer } from '../src/protocol/index.ts';
import { asReplicaId, type ReplicaId } from '../src/raft/index.ts';
import { ask, type Call } from './ask.ts';
import { Backoff } from './backoff.ts';
import type { Env } from './env.ts';
import { firstReplicas, replicaStub } from './objects/replica-name.ts';

/** Redirects that are followed without a pause. Two replicas may each believe that the other leads. */
const EAGER_REDIRECTS_MAX = 2;

export type GroupAnswer =
  | Extract<ReplicaAnswer, { type: 'done' | 'overloaded' }>
  /** With `mayBeExecuted`, an earlier attempt had no answer, and somebody may have begun to execute it. */
  | (Extract<ReplicaAnswer, { type: 'wrong-group' }> & { readonly mayBeExecuted: boolean })
  /** Nobody answered in time. */
  | { readonly type: 'no-answer'; readonly mayBeExecuted: boolean };

export class GroupClient {
  readonly #env: Env;
  readonly #group: string;
  #leader: ReplicaId = asReplicaId(1);

  constructor(env: Env, group: string) {
    this.#env = env;
    this.#group = group;
  }

  async untilAnswered(call: Call, timeoutMs: number): Promise<GroupAnswer> {
    const deadlineMs = Date.now() + timeoutMs;
    const backoff = new Backoff();
    let eagerRedirects = 0;
    let mayBeExecuted = false;
    for (let leftMs = timeoutMs; leftMs > 0; leftMs = deadlineMs - Date.now()) {
      const asked = this.#leader;
      const answer = await ask(this.stub(asked), call, leftMs);
      if (answer?.type === 'done') return answer;
      if (answer?.type === 'wrong-group') return { ...answer, mayBeExecuted };
      // Refused now, but an earlier attempt may still be executed: only an answer to the same session can tell.
      if (answer?.type === 'overloaded' && !mayBeExecuted) return answer;
      mayBeExecuted ||= answer === undefined || answer.type === 'unknown';
      const redirected = this.#follow(asked, answer);
      if (redirected && eagerRedirects < EAGER_REDIRECTS_MAX) eagerRedirects += 1;
      else await backoff.pause();
    }
    return { type: 'no-answer', mayBeExecuted };
  }

  /** Any one replica, once. */
  async askAnyone(call: Call, timeoutMs: number): Promise<ReplicaAnswer | undefined> {
    const replicas = firstReplicas(this.#env);
    const anyone = replicas[Math.floor(Math.random() * replicas.length)] ?? this.#leader;
    return ask(this.stub(anyone), call, timeoutMs);
  }

  stub(id: ReplicaId): DurableObjectStub {
    return replicaStub(this.#env, { group: this.#group, id });
  }

  /** Moves the hint on, unless another call has done so meanwhile. Returns whether somebody is known to lead. */
  #follow(asked: ReplicaId, answer: ReplicaAnswer | undefined): boolean {
    const hint = answer !== undefined && 'leader' in answer ? answer.leader : undefined;
    if (hint !== undefined && hint !== asked) {
      this.#leader = hint;
      return true;
    }
    if (this.#leader !== asked) return true;
    this.#leader = asReplicaId((asked % this.#env.REPLICAS_PER_GROUP) + 1);
    return false;
  }
}
