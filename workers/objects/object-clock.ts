import type { Clock } from '../../src/replica/index.ts';

/** The clock and the one timer of an object. */
export class ObjectClock implements Clock {
  readonly #onWake: () => void;
  #latestMs = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(onWake: () => void) {
    this.#onWake = onWake;
  }

  /** Machines' clocks are set back now and then; for timers that must not happen. */
  nowMs(): number {
    this.#latestMs = Math.max(this.#latestMs, Date.now());
    return this.#latestMs;
  }

  wallClockMs(): number {
    return Date.now();
  }

  wakeAt(atMs: number): void {
    this.stop();
    this.#timer = setTimeout(this.#onWake, Math.max(0, atMs - this.nowMs()));
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
