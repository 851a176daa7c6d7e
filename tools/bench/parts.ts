/** The parts of the benchmark, each on servers of its own, with its progress. */

import { LocalCluster } from '../harness/local-cluster.ts';
import { Progress } from '../harness/progress.ts';
import { electionTimeoutMs } from '../harness/worker-build.ts';
import { type CatchUp, measureCatchUp } from './catch-up.ts';
import { compareContenders } from './comparison.ts';
import { CONTENDERS } from './contenders/index.ts';
import { measureFailover } from './failover.ts';
import type { Comparison } from './figures.ts';
import { measureGrowth } from './growth.ts';
import type { BenchPlan } from './plan.ts';
import type { Crashes, Growth } from './results.ts';

export async function runComparison({ contenders, comparison }: BenchPlan): Promise<Comparison> {
  const chosen = CONTENDERS.filter(({ name }) => contenders.has(name));
  let progress = new Progress('servers', chosen.length);
  try {
    return await compareContenders(chosen, comparison, {
      onStarted: () => progress.advance(),
      onBegin: (turns) => {
        progress.stop();
        progress = new Progress('turns', turns);
      },
      onTurn: () => progress.advance(),
    });
  } finally {
    progress.stop();
  }
}

export async function runCrashes(
  plan: NonNullable<BenchPlan['crashes']>,
  faultWorker: string,
): Promise<Crashes> {
  const progress = new Progress('crashes', plan.crashes);
  const onCrash = () => progress.advance();
  try {
    return await withCluster(faultWorker, async ({ url }) => ({
      gapsMs: await measureFailover({ ...plan, url, onCrash }),
      electionTimeoutMs: electionTimeoutMs(),
      clients: plan.clients,
    }));
  } finally {
    progress.stop();
  }
}

export async function runGrowth(
  plan: NonNullable<BenchPlan['growth']>,
  heldBackWorker: string,
): Promise<Growth> {
  const catchUps: CatchUp[] = [];
  for (const catchUp of plan.catchUps) {
    catchUps.push(await withCluster(heldBackWorker, (cluster) => measureCatchUp({ ...catchUp, cluster })));
  }
  const progress = new Progress('keys', plan.sizes.at(-1) ?? 0);
  const refused: string[] = [];
  try {
    const sizes = await withCluster(undefined, (cluster) =>
      measureGrowth(cluster, {
        ...plan,
        onKeys: (count) => progress.advance(count),
        onRefused: (reason) => refused.push(reason),
      }),
    );
    return { sizes, catchUps, refused };
  } finally {
    progress.stop();
  }
}

/** With the production code if no Worker is named. */
async function withCluster<Result>(
  worker: string | undefined,
  use: (cluster: LocalCluster) => Promise<Result>,
): Promise<Result> {
  const cluster = new LocalCluster(worker === undefined ? {} : { worker });
  try {
    await cluster.start();
    return await use(cluster);
  } finally {
    await cluster.stop();
  }
}
