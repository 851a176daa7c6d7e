/**
 * The deployed way to a shard, watched: what a call says that it came to is held against what became of its attempts.
 *
 * calls end in time       A call ends by its deadline (`StoreClient`, `ShardRouter` and `GroupCaller` promise it).
 * calls say what is open  client.G1, client.S1: an outcome says `mayBeExecuted` if an attempt before the answered one
 *                         had no answer, or one that leaves it open.
 */

import type { Call, CallOutcome, CallPort, Route } from '../../src/client/index.ts';
import { REPLICA_ANSWER, type ReplicaPath } from '../../src/replica/index.ts';
import type { ShardId } from '../../src/shard/index.ts';
import type { Verdict } from './verdict.ts';

export function observedRoute(route: Route, port: CallPort, verdict: Verdict): Route {
  return {
    groupFor: (shard) => route.groupFor(shard),
    *call(shard: ShardId, path: ReplicaPath, body: Uint8Array, timeoutMs: number) {
      const deadlineMs = port.nowMs() + timeoutMs;
      const attempts = new Attempts(body);
      const outcome = yield* attempts.of(route.call(shard, path, body, timeoutMs));
      const lateMs = port.nowMs() - deadlineMs;
      if (lateMs > 0) verdict.fail('calls end in time', `a call of ${timeoutMs} ms ended ${lateMs} ms late`);
      if (attempts.isOpen && !outcome.mayBeExecuted) {
        const { attempted } = attempts;
        verdict.fail(
          'calls say what is open',
          `${attempted} attempts, and "${outcome.type}" says nothing is`,
        );
      }
      return outcome;
    },
  };
}

/** The attempts to have one body executed. */
class Attempts {
  readonly #body: Uint8Array;
  attempted = 0;
  /** Of one of them nobody knows whether it is executed. */
  isOpen = false;

  constructor(body: Uint8Array) {
    this.#body = body;
  }

  *of<Result>(call: Call<CallOutcome<Result>>): Call<CallOutcome<Result>> {
    let answer: Uint8Array | undefined;
    for (;;) {
      const step = call.next(answer);
      if (step.done) return step.value;
      answer = yield step.value;
      if (step.value.type === 'ask' && step.value.attempt.body === this.#body) this.#note(answer);
    }
  }

  #note(answer: Uint8Array | undefined): void {
    this.attempted += 1;
    const read = answer && REPLICA_ANSWER.tryDecode(answer);
    if (read === undefined || read.type === 'unknown') this.isOpen = true;
  }
}
