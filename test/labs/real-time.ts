/**
 * The time of lab tests on workerd, and the bridge from their threads to promises. An error in any callback is kept
 * for whoever runs the test, as there is nobody else to take it.
 */

import { LabFailure } from './lab-test.ts';
import { type Process, spawn } from './process.ts';
import type { Timeline } from './timeline.ts';

const POLL_MS = 10;

export class RealTime implements Timeline {
  readonly isReal = true;
  readonly originMs = Date.now();
  #failure: { readonly error: unknown } | undefined;

  get nowMs(): number {
    return Date.now() - this.originMs;
  }

  after(delayMs: number, run: () => void): void {
    setTimeout(() => this.guard(run), delayMs);
  }

  at(atMs: number, run: () => void): void {
    this.after(Math.max(0, atMs - this.nowMs), run);
  }

  /** Undefined if it throws, which fails the test. */
  guard<Result>(run: () => Result): Result | undefined {
    try {
      return run();
    } catch (error) {
      this.#failure ??= { error };
      return undefined;
    }
  }

  rethrow(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}

/** What the promise comes to; undefined if it is rejected, as a call to an object that crashes is. */
export function* settled<Result>(time: RealTime, promise: Promise<Result>): Process<Result | undefined> {
  let result: Result | undefined;
  yield (resume) => {
    const settle = (value?: Result) =>
      time.guard(() => {
        result = value;
        resume();
      });
    promise.then(settle, () => settle());
  };
  return result;
}

/**
 * Polls for the end and for errors: objects of workerd share memory with the one who runs the test, but must not wake
 * it, since its timers and promises belong to its own request.
 */
export async function runInRealTime<Result>(
  time: RealTime,
  process: Process<Result>,
  limitMs: number,
): Promise<Result> {
  const untilMs = time.nowMs + limitMs;
  const thread = spawn(process);
  for (;;) {
    time.rethrow();
    const { state } = thread;
    if (state.type === 'done') return state.result;
    if (time.nowMs >= untilMs) throw new LabFailure(`the test has not ended after ${limitMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
