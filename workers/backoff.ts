/** Between attempts when nobody is known to answer: longer each time, half of it random, so that callers spread. */
const FIRST_MS = 5;
const MAX_MS = 200;
const DOUBLING = 2;

/**
 * For who waits for something that will be over soon, as the hand-over of a shard: what is waited too long, a pause or
 * two, stays a small part of what had to be waited.
 */
export const EAGER_GROWTH = 1.25;

export class Backoff {
  readonly #growth: number;
  #nextMs = FIRST_MS;

  constructor(growth = DOUBLING) {
    this.#growth = growth;
  }

  async pause(): Promise<void> {
    const pauseMs = (this.#nextMs * (1 + Math.random())) / 2;
    this.#nextMs = Math.min(this.#growth * this.#nextMs, MAX_MS);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
