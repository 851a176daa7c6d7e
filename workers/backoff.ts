/** Between attempts when nobody is known to answer: doubled each time, half of it random, so that callers spread. */
const FIRST_MS = 5;
const MAX_MS = 200;

export class Backoff {
  #nextMs = FIRST_MS;

  async pause(): Promise<void> {
    const pauseMs = (this.#nextMs * (1 + Math.random())) / 2;
    this.#nextMs = Math.min(2 * this.#nextMs, MAX_MS);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
