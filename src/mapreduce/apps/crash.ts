import type { Application, TaskContext } from '../application.ts';
import { noCrash } from './no-crash.ts';

const CRASH_PART = 0.33;
const STALL_PART = 0.33;
const STALL_MS_MAX = 10_000;

/** The course's `crash`: a third of all calls kill the worker, a third stall it, perhaps for longer than the time-out. */
export const crash: Application = {
  async map(name, contents, emit, context) {
    await maybeCrash(context);
    await noCrash.map(name, contents, emit, context);
  },
  async reduce(key, values, context) {
    await maybeCrash(context);
    return noCrash.reduce(key, values, context);
  },
};

async function maybeCrash(context: TaskContext): Promise<void> {
  const fate = context.random();
  if (fate < CRASH_PART) await context.crash();
  else if (fate < CRASH_PART + STALL_PART) await context.sleep(Math.floor(context.random() * STALL_MS_MAX));
}
