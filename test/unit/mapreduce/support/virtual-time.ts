/** Time that passes only when everybody waits. Asynchronous code runs as it is, between two moments. */
export class VirtualTime {
  nowMs = 0;
  readonly #waiting: { readonly atMs: number; readonly wake: () => void }[] = [];

  sleep(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ atMs: this.nowMs + ms, wake: resolve });
    return promise;
  }

  /** Lets time pass until `done`, or until `untilMs`. */
  async run(done: () => boolean, untilMs: number): Promise<void> {
    for (;;) {
      // One turn of the event loop: every promise that can go on has gone on.
      await new Promise((resolve) => setImmediate(resolve));
      if (done()) return;
      const next = this.#takeEarliest(untilMs);
      if (next === undefined) return;
      this.nowMs = next.atMs;
      next.wake();
    }
  }

  #takeEarliest(untilMs: number): { readonly atMs: number; readonly wake: () => void } | undefined {
    let earliest = 0;
    for (const [at, timer] of this.#waiting.entries()) {
      if (timer.atMs < (this.#waiting[earliest]?.atMs ?? 0)) earliest = at;
    }
    if ((this.#waiting[earliest]?.atMs ?? 0) > untilMs) return undefined;
    return this.#waiting.splice(earliest, 1)[0];
  }
}
