/** A thread that runs the seeds it is sent, on the sources as they are or with a mutant in them. */

import { parentPort, workerData } from 'node:worker_threads';
import { installMutant, mutantNamed } from '../mutants/index.ts';

const { mutant }: { readonly mutant: string | undefined } = workerData;
if (mutant !== undefined) installMutant(mutantNamed(mutant));
// Only now: what is imported before is not changed any more.
const { simulate } = await import('./index.ts');

parentPort?.on('message', (seed: number) => {
  parentPort?.postMessage(simulate(seed, { nowMs: () => performance.now() }));
});
