/** Carries calls to objects, from the Worker and from objects alike. */

import type { Attempt, CallPort } from '../src/client/index.ts';
import type { Env } from './env.ts';
import { noteAnswer, noteFailure } from './objects/failures.ts';
import { stubOf } from './objects/replica-name.ts';
import { WallClock } from './wall-clock.ts';

export function fetchPort(env: Env): CallPort {
  const clock = new WallClock();
  return {
    nowMs: () => clock.nowMs(),
    wallClockMs: () => Date.now(),
    random: (bound) => Math.floor(Math.random() * bound),
    ask(attempt, done) {
      ask(env, attempt).then(done).catch(console.error);
    },
    pause(durationMs, done) {
      setTimeout(done, durationMs);
    },
  };
}

/** Never fails: to the caller it is all the same whether the object was reset, is overloaded or took too long. */
async function ask(env: Env, { replica, path, body, timeoutMs }: Attempt): Promise<Uint8Array | undefined> {
  const ending = new AbortController();
  // Not AbortSignal.timeout, which goes on when the answer is there: an object runs its timers one after the other, and
  // those of calls that are long answered would hold up the ones that matter by seconds.
  const timer = setTimeout(() => ending.abort(), timeoutMs);
  try {
    const request = { method: 'POST', body, signal: ending.signal };
    const response = await stubOf(env, replica).fetch(`https://replica${path}`, request);
    const answer = new Uint8Array(await response.arrayBuffer());
    noteAnswer(replica);
    return response.status === 200 ? answer : undefined;
  } catch (error) {
    if (!ending.signal.aborted) noteFailure(replica, error);
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
