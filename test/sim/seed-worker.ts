/** A thread that runs the seeds it is sent, on the sources as they are or with a mutant in them. */

import { parentPort, workerData } from 'node:worker_threads';
import { installMutant, mutantNamed } from '../mutants/index.ts';
import type { SeedOptions } from './run-seeds.ts';

const { mutant, isTraced }: SeedOptions = workerData;
if (mutant !== undefined) installMutant(mutantNamed(mutant));
// Only now: what is imported before is not changed any more.
const { simulate } = await import('./simulation.ts');

const options = {
  nowMs: () => performance.now(),
  ...(isTraced && { print: (line: string) => console.log(line) }),
};

parentPort?.on('message', (seed: number | undefined) => {
  // Without a port the thread ends, when all that it has printed is printed.
  if (seed === undefined) parentPort?.close();
  else parentPort?.postMessage(simulate(seed, options));
});
