/** A workerd process of its own with the Worker that holds the course's tests, and the way to run one of them there. */

import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { LocalCluster } from '../../../tools/harness/local-cluster.ts';
import { type Figure, LabFailure } from '../lab-test.ts';
import type { Run } from '../run.ts';

const DIRECTORY = fileURLToPath(new URL('../../on-workerd/labs/', import.meta.url));

/**
 * The course's disks are memory, and its time limits are made for them. Besides, all objects of a workerd share one
 * thread, which waits for the disk at each commit: what one test writes would hold up the elections of another.
 */
const MEMORY = '/dev/shm';

type Outcome = { readonly figures: readonly Figure[] } | { readonly failure: string };

export async function withWorkerd<Result>(use: (run: Run) => Promise<Result>): Promise<Result> {
  const cluster = new LocalCluster({
    worker: `${DIRECTORY}labs.worker.ts`,
    config: `${DIRECTORY}wrangler.toml`,
    under: existsSync(MEMORY) ? MEMORY : tmpdir(),
  });
  try {
    await cluster.start();
    return await use(async ({ name }, { seed }) => {
      const response = await fetch(`${cluster.url}/${name}?seed=${seed}`, { method: 'POST' });
      if (response.status !== 200) throw new LabFailure(`workerd answered ${response.status}`);
      const outcome = (await response.json()) as Outcome;
      if ('failure' in outcome) throw new LabFailure(outcome.failure);
      return outcome.figures;
    });
  } finally {
    await cluster.stop();
  }
}
