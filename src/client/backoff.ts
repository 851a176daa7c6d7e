/** Between attempts when nobody is known to answer: longer each time, half of it random, so that callers spread. */

import type { CallPort } from './call.ts';

const FIRST_MS = 5;
const MAX_MS = 200;
const DOUBLING = 2;

/**
 * Where one waits for something that will be over soon, as the hand-over of a shard: what is waited too long, a pause
 * or two, stays a small part of what had to be waited.
 */
export const EAGER_GROWTH = 1.25;

export class Backoff {
  readonly #port: Pick<CallPort, 'random'>;
  readonly #growth: number;
  #nextMs = FIRST_MS;

  constructor(port: Pick<CallPort, 'random'>, growth: number = DOUBLING) {
    this.#port = port;
    this.#growth = growth;
  }

  /** The step to take before the next attempt, of which there is none after the time that is left. */
  next(leftMs: number): { readonly type: 'pause'; readonly durationMs: number } {
    const half = Math.ceil(this.#nextMs / 2);
    const durationMs = half + this.#port.random(half + 1);
    this.#nextMs = Math.min(this.#growth * this.#nextMs, MAX_MS);
    return { type: 'pause', durationMs: Math.max(0, Math.min(durationMs, leftMs)) };
  }
}
