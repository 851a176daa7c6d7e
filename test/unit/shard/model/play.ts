import { Worker } from 'node:worker_threads';
import type { MutantOrder, MutantReport } from './mutant-worker.ts';

/** Plays the scenes and the model, in a thread whose modules are its own. */
export function play(order: MutantOrder): Promise<MutantReport> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./mutant-worker.ts', import.meta.url), { workerData: order });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}
