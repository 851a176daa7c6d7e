/**
 * The threads of a lab test: generators that yield whenever they wait. What they yield subscribes to
 * the event that is to wake them, so sleeping, joining and waiting for a reply are one primitive.
 */

import type { Scheduler } from '../sim/scheduler.ts';
import type { Timeline } from './timeline.ts';

export type Suspension = (resume: () => void) => void;
export type Process<Result = void> = Generator<Suspension, Result, void>;

type ThreadState<Result> =
  | { readonly type: 'running'; readonly joining: (() => void)[] }
  | { readonly type: 'done'; readonly result: Result };

export interface Thread<Result> {
  state: ThreadState<Result>;
}

/** A thread, and the way to end it. */
export function openThread<Result>(): {
  readonly thread: Thread<Result>;
  readonly end: (result: Result) => void;
} {
  const joining: (() => void)[] = [];
  const thread: Thread<Result> = { state: { type: 'running', joining } };
  const end = (result: Result): void => {
    thread.state = { type: 'done', result };
    for (const wake of joining.splice(0)) wake();
  };
  return { thread, end };
}

/** Runs the process up to its first wait; from then on the events it waits for carry it on. */
export function spawn<Result>(process: Process<Result>): Thread<Result> {
  const { thread, end } = openThread<Result>();
  const resume = () => {
    const step = process.next();
    if (step.done) end(step.value);
    else step.value(resume);
  };
  resume();
  return thread;
}

export function* join<Result>(thread: Thread<Result>): Process<Result> {
  for (;;) {
    const { state } = thread;
    if (state.type === 'done') return state.result;
    yield (resume) => {
      state.joining.push(resume);
    };
  }
}

export function* joinAll<Result>(threads: readonly Thread<Result>[]): Process<readonly Result[]> {
  const results: Result[] = [];
  for (const thread of threads) results.push(yield* join(thread));
  return results;
}

export function* sleep(timeline: Timeline, durationMs: number): Process {
  yield (resume) => timeline.after(durationMs, resume);
}

/** A process that never waits. Elsewhere the same is a matter of messages, so it has to be one. */
// biome-ignore lint/correctness/useYield: there is nothing to wait for.
export function* immediately<Result>(run: () => Result): Process<Result> {
  return run();
}

/** Undefined if the process has not ended within `limitMs` of virtual time. An error in any thread comes out here. */
export function runToEnd<Result>(
  scheduler: Scheduler,
  process: Process<Result>,
  limitMs: number,
): { readonly result: Result } | undefined {
  const thread = spawn(process);
  scheduler.runUntilTrue(() => thread.state.type === 'done', limitMs);
  return thread.state.type === 'done' ? { result: thread.state.result } : undefined;
}
