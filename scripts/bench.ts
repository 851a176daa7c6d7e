/**
 * What an operation costs, beside the platform's floor, an unreplicated object and etcd; how long a crash of a leader is
 * felt; and, if asked, what becomes of it all as keys become many:
 *
 *     npm run bench [-- --quick] [--only floor,group-3,crashes] [--rounds 5] [--growth]
 *
 * It starts and ends all servers itself, prints the table of targets, and writes everything to bench/results.
 * docs/benchmarks.md tells the method.
 */

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { countPerOperation } from '../test/cost/scenarios.ts';
import { billedRows } from '../test/cost/tally.ts';
import { circumstances } from '../tools/bench/circumstances.ts';
import { runComparison, runCrashes, runGrowth } from '../tools/bench/parts.ts';
import { type BenchOptions, PART_NAMES, parsePartNames, parseSizes, planOf } from '../tools/bench/plan.ts';
import { formatTargets, NO_MEASUREMENT } from '../tools/bench/report.ts';
import { ResultFiles } from '../tools/bench/result-files.ts';
import type { Part, PutCount } from '../tools/bench/results.ts';
import { newCommand, wholeNumber } from '../tools/harness/command.ts';
import { FAULT_WORKER } from '../tools/harness/worker-build.ts';

const RESULTS = fileURLToPath(new URL('../bench/results', import.meta.url));
const HELD_BACK_WORKER = fileURLToPath(new URL('../test/on-workerd/held-back.worker.ts', import.meta.url));

const options = newCommand('bench')
  .description('measures the store beside others, crashes leaders, and lets a store grow')
  .option('--quick', 'under a minute, to see that it works; it is no measurement')
  .option('--only <names>', `parts of it, with commas between: ${PART_NAMES.join(', ')}`, parsePartNames)
  .option('--rounds <number>', 'of each workload', wholeNumber(1))
  .option('--growth', 'also with up to a million keys; takes as long as it takes to write them')
  .option('--growth-keys <numbers>', 'how many keys, with commas between, for --growth', parseSizes)
  .option('--out <folder>', 'where results are kept', RESULTS)
  .parse()
  .opts<BenchOptions>();
const plan = planOf(options);
const isQuick = options.quick === true;
const files = new ResultFiles(join(options.out, isQuick ? 'quick' : 'latest'));

// Each part is kept as soon as it is measured.
if (plan.contenders.size > 0) files.add({ comparison: await measured(() => runComparison(plan)) });
const { crashes, growth, counts } = plan;
if (counts) files.add({ counts: await measured(async () => countPuts()) });
if (crashes !== undefined) files.add({ crashes: await measured(() => runCrashes(crashes, FAULT_WORKER)) });
if (growth !== undefined) files.add({ growth: await measured(() => runGrowth(growth, HELD_BACK_WORKER)) });

console.log(formatTargets(files.results));
if (isQuick) console.log(`\n${NO_MEASUREMENT}`);
console.log(`\nEverything else is in ${files.report}`);

function countPuts(): readonly PutCount[] {
  return [1, 64].flatMap((clients) =>
    [true, false].map((hasNewKeys) => {
      const operation = hasNewKeys ? 'put of a new key' : 'put of one key';
      const tally = countPerOperation({ replicas: 3, clients, operation });
      return { clients, hasNewKeys, billedRows: billedRows(tally), calls: tally.calls };
    }),
  );
}

async function measured<Figures>(measure: () => Promise<Figures>): Promise<Part<Figures>> {
  const before = circumstances(isQuick);
  return { circumstances: before, figures: await measure() };
}
