import { Worker } from 'node:worker_threads';
import { planOf } from './plan.ts';
import type { Outcome } from './simulation.ts';

export interface SeedOptions {
  /** The name of the bug to plant. */
  readonly mutant: string | undefined;
  /** Prints what happens. */
  readonly isTraced: boolean;
}

/** A seed takes a fraction of a second. One that takes so long is in a loop that virtual time does not see. */
const SEED_LIMIT_MS = 120_000;

const WORKER = new URL('./seed-worker.ts', import.meta.url);

/**
 * Runs seeds in a thread of its own, one after the other, until there are none or `onOutcome` says that it is enough.
 * Several calls may share one iterator: each seed runs once.
 */
export async function runSeeds(
  seeds: Iterator<number>,
  options: SeedOptions,
  onOutcome: (outcome: Outcome) => 'go on' | 'enough',
): Promise<void> {
  const worker = new Worker(WORKER, { workerData: options });
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  try {
    for (let next = seeds.next(); !next.done; next = seeds.next()) {
      if (onOutcome(await runSeed(worker, next.value)) === 'enough') break;
    }
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  worker.postMessage(undefined);
  await ended;
}

function runSeed(worker: Worker, seed: number): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const settle = (outcome: Outcome): void => {
      clearTimeout(timer);
      worker.off('message', settle).off('error', reject);
      resolve(outcome);
    };
    const timer = setTimeout(async () => {
      await worker.terminate();
      settle(hung(seed));
    }, SEED_LIMIT_MS);
    worker.on('message', settle).on('error', reject);
    worker.postMessage(seed);
  });
}

function hung(seed: number): Outcome {
  const message = `the seed takes more than ${SEED_LIMIT_MS / 1000} s of real time`;
  return {
    seed,
    violation: { invariant: 'endless loop', message },
    traceHash: '',
    virtualMs: 0,
    operations: 0,
    committed: 0,
    marks: new Set(),
  };
}

/** So many numbers from `first` on. */
export function* seedsFrom(first: number, count: number): Generator<number, undefined> {
  for (let seed = first; seed < first + count; seed += 1) yield seed;
}

/** So many, from `first` on, of those that simulate several groups, or of the others. */
export function* seedsOf(
  kind: 'fleet' | 'group',
  first: number,
  count: number,
): Generator<number, undefined> {
  let left = count;
  for (let seed = first; left > 0; seed += 1) {
    if ((planOf(seed).fleet === undefined) === (kind === 'fleet')) continue;
    left -= 1;
    yield seed;
  }
}
