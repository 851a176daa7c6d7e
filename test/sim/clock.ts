import type { Clock } from '../../src/replica/index.ts';
import type { Scheduler } from './scheduler.ts';

/** Virtual time begins here: a day on which nothing happened. */
const EPOCH_MS = 1_700_000_000_000;

/** The clock of a machine. It runs a little fast or slow, and is set from time to time. */
export class HostClock {
  readonly #scheduler: Scheduler;
  readonly #permille: number;
  #offsetMs: number;
  #latestOffsetMs: number;

  constructor(scheduler: Scheduler, permille: number, offsetMs: number) {
    this.#scheduler = scheduler;
    this.#permille = permille;
    this.#offsetMs = offsetMs;
    this.#latestOffsetMs = offsetMs;
  }

  wallClockMs(): number {
    return EPOCH_MS + this.#offsetMs + Math.floor((this.#scheduler.nowMs * this.#permille) / 1000);
  }

  jump(byMs: number): void {
    this.#offsetMs += byMs;
    this.#latestOffsetMs = Math.max(this.#latestOffsetMs, this.#offsetMs);
  }

  /** Shows no time that it has shown before: whoever waits for it to catch up need not wait any more. */
  catchUp(): void {
    this.#offsetMs = this.#latestOffsetMs;
  }

  /** How long `durationMs` of this clock really is. */
  real(durationMs: number): number {
    return Math.ceil((durationMs * 1000) / this.#permille);
  }
}

/** A machine's clock as a process sees it: a reading that never goes back beside the one that may. */
export class MonotonicClock {
  readonly #host: HostClock;
  #latestMs = 0;

  constructor(host: HostClock) {
    this.#host = host;
  }

  nowMs(): number {
    this.#latestMs = Math.max(this.#latestMs, this.#host.wallClockMs());
    return this.#latestMs;
  }

  wallClockMs(): number {
    return this.#host.wallClockMs();
  }
}

/** The clock and the one timer of an instance: as `workers/objects/object-clock.ts`, on virtual time. */
export class InstanceClock extends MonotonicClock implements Clock {
  readonly #machine: HostClock;
  readonly #scheduler: Scheduler;
  readonly #onWake: () => void;
  #timer = 0;

  constructor(host: HostClock, scheduler: Scheduler, onWake: () => void) {
    super(host);
    this.#machine = host;
    this.#scheduler = scheduler;
    this.#onWake = onWake;
  }

  wakeAt(atMs: number): void {
    this.#timer += 1;
    const timer = this.#timer;
    this.#scheduler.after(this.#machine.real(Math.max(0, atMs - this.nowMs())), () => {
      if (timer === this.#timer) this.#onWake();
    });
  }
}
