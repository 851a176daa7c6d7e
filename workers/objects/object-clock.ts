import type { Clock } from '../../src/replica/index.ts';
import { WallClock } from '../wall-clock.ts';

/** The clock and the one timer of an object. */
export class ObjectClock extends WallClock implements Clock {
  readonly #onWake: () => void;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(onWake: () => void) {
    super();
    this.#onWake = onWake;
  }

  wallClockMs(): number {
    return Date.now();
  }

  wakeAt(atMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#onWake, Math.max(0, atMs - this.nowMs()));
  }
}
