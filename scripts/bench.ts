/**
 * What replication costs: puts and linearizable gets on the group of three, beside the unreplicated object; and how
 * long nobody is served when the leader's object crashes.
 *
 *     npm run bench [-- --quick]
 *
 * docs/benchmarks.md tells the method, and what was measured.
 */

import {
  type Comparison,
  compare,
  fillStores,
  type Schedule,
  type Workload,
} from '../tools/bench/comparison.ts';
import { measureFailover } from '../tools/bench/failover.ts';
import { spread } from '../tools/bench/statistics.ts';
import { formatTable } from '../tools/bench/table.ts';
import { newCommand } from '../tools/harness/command.ts';
import { LocalCluster } from '../tools/harness/local-cluster.ts';
import { Progress } from '../tools/harness/progress.ts';
import { FAULT_WORKER, PRODUCTION_WORKER } from '../tools/harness/worker-build.ts';

const WORKLOADS: readonly Workload[] = [
  { operation: 'put', clients: 1 },
  { operation: 'put', clients: 64 },
  { operation: 'get', clients: 1 },
  { operation: 'get', clients: 64 },
];

interface Plan {
  readonly schedule: Schedule;
  readonly crashes: number;
  readonly settleMs: number;
}

const FULL: Plan = {
  schedule: { pairs: 15, roundMs: 1000, warmUpMs: 2000 },
  crashes: 20,
  settleMs: 1000,
};
const QUICK: Plan = { schedule: { pairs: 1, roundMs: 300, warmUpMs: 200 }, crashes: 2, settleMs: 200 };

const FAILOVER_CLIENTS = 16;

const { quick } = newCommand('bench')
  .description('compares the replicated store with the unreplicated one, and crashes leaders')
  .option('--quick', 'a short run, to see that it works; its figures mean little')
  .parse()
  .opts<{ quick?: true }>();
const plan = quick ? QUICK : FULL;

console.log(formatTable(await withCluster(PRODUCTION_WORKER, compareAll)));
const gapsMs = spread(await withCluster(FAULT_WORKER, failover));
console.log(`
without service after ${plan.crashes} crashes of the leader: median ${gapsMs.median.toFixed(0)} ms, longest ${gapsMs.max.toFixed(0)} ms`);

async function compareAll(url: string): Promise<readonly Comparison[]> {
  await fillStores(url);
  const comparisons: Comparison[] = [];
  const progress = new Progress('pairs of rounds', WORKLOADS.length * plan.schedule.pairs);
  for (const workload of WORKLOADS) {
    comparisons.push(await compare(url, workload, plan.schedule, () => progress.advance()));
  }
  progress.stop();
  return comparisons;
}

async function failover(url: string): Promise<readonly number[]> {
  const { crashes, settleMs } = plan;
  const progress = new Progress('crashes', crashes);
  const onCrash = () => progress.advance();
  const gaps = await measureFailover({ url, clients: FAILOVER_CLIENTS, crashes, settleMs, onCrash });
  progress.stop();
  return gaps;
}

async function withCluster<Result>(worker: string, use: (url: string) => Promise<Result>): Promise<Result> {
  const cluster = new LocalCluster({ worker });
  try {
    await cluster.start();
    return await use(cluster.url);
  } finally {
    await cluster.stop();
  }
}
