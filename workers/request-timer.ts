/**
 * All the pauses of one request by one timer. The runtime lets a request have ten thousand timers, and runs them one after
 * the other, some dozens a second while there is much to do: a stream of operations, each of which has a pause or two that
 * it hardly ever needs, would soon have none left.
 */

/** Pauses end up to so much later than they might. */
const TICK_MS = 20;

export class RequestTimer {
  /** By the tick at which they end. */
  readonly #pauses = new Map<number, (() => void)[]>();
  #tick = 0;
  #interval: ReturnType<typeof setInterval> | undefined;
  #startedAtMs = 0;

  readonly pause = (durationMs: number, done: () => void): void => {
    if (this.#interval === undefined) this.#start();
    const endsAtMs = Date.now() - this.#startedAtMs + durationMs;
    const tick = Math.max(this.#tick + 1, Math.ceil(endsAtMs / TICK_MS));
    const others = this.#pauses.get(tick);
    if (others === undefined) this.#pauses.set(tick, [done]);
    else others.push(done);
  };

  #start(): void {
    this.#startedAtMs = Date.now();
    this.#tick = 0;
    this.#interval = setInterval(() => this.#goOn(), TICK_MS);
  }

  /** To where the clock is: ticks may have been left out. */
  #goOn(): void {
    const until = Math.floor((Date.now() - this.#startedAtMs) / TICK_MS);
    const due: (() => void)[][] = [];
    for (const [tick, pauses] of this.#pauses) {
      if (tick > until) continue;
      this.#pauses.delete(tick);
      due.push(pauses);
    }
    this.#tick = Math.max(this.#tick, until);
    if (this.#pauses.size === 0) this.#stop();
    // They may begin other pauses.
    for (const done of due.flat()) done();
  }

  #stop(): void {
    if (this.#interval !== undefined) clearInterval(this.#interval);
    this.#interval = undefined;
  }
}
