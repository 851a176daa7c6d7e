/**
 * Runs the course's tests under their own names:
 *
 *     npm run labs -- [NAME…] [--on simulator|workerd] [--seeds N] [--seed FIRST] [--concurrency N]
 *
 * A name is that of a test, of a part or of a lab: TestCount3B, 3B, 3. On workerd the tests run on real objects in a
 * process of their own, in real time: most of them sleep a lot, so several run at once. Lab 1's tests always run on
 * workerd. Each row of the table gives the figures of a test beside their bounds, the worst of all seeds. Exit code:
 * 0 all passed, 1 one failed, 2 bad usage.
 */

import { Option } from 'commander';
import { formatFigure, type LabHost, type LabTest } from '../test/labs/lab-test.ts';
import { LAB_1_TESTS } from '../test/labs/lab1/index.ts';
import { onCluster } from '../test/labs/on-cluster.ts';
import { LAB_TESTS, selectTests } from '../test/labs/registry.ts';
import { inSimulator, type LabReport, type Run, runLabTest } from '../test/labs/run.ts';
import { withWorkerd } from '../test/labs/workerd/workerd-labs.ts';
import { CommandError, newCommand, wholeNumber } from '../tools/harness/command.ts';
import { Progress } from '../tools/harness/progress.ts';

const EXIT_FAILED = 1;
const HOSTS: readonly LabHost[] = ['simulator', 'workerd'];
/** One seed shows the failure; the others show how common it is. */
const FAILURES_SHOWN_MAX = 3;
const TESTS: readonly LabTest[] = [...LAB_1_TESTS, ...LAB_TESTS];
const NAME_WIDTH = Math.max(...TESTS.map(({ name }) => name.length));

interface Options {
  readonly on: LabHost;
  readonly seeds: number;
  readonly seed: number;
  readonly concurrency: number;
}

const command = newCommand('labs')
  .description("Runs the course's tests under their own names.")
  .argument('[names...]', 'tests, parts or labs, such as TestCount3B, 3B or 3; all if none is named')
  .addOption(new Option('--on <host>', 'where to run them').choices(HOSTS).default('simulator'))
  .option('--seeds <count>', 'how many seeds to run each test with', wholeNumber(1), 1)
  .option('--seed <first>', 'the first of the seeds', wholeNumber(1), 1)
  .option('--concurrency <count>', 'how many tests run at once on workerd', wholeNumber(1), 6)
  .parse();

process.exitCode = await labs(command.args, command.opts<Options>());

async function labs(names: readonly string[], options: Options): Promise<number> {
  const { on } = options;
  const selected = selectTests(names, TESTS)?.filter((test) => runsOn(test, on)) ?? [];
  if (selected.length === 0) throw new CommandError(`no such test on ${on}: ${names.join(' ')}`);
  const printTable = (run: Run) => table(selected, orOnCluster(run), options);
  const failed = on === 'workerd' ? await withWorkerd(printTable) : await printTable(inSimulator);
  console.log(`${selected.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : EXIT_FAILED;
}

/** Lab 1's tests bring a workerd of their own, whatever the host of the others. */
function isOnCluster({ runners }: LabTest): boolean {
  return runners.cluster !== undefined;
}

function runsOn(test: LabTest, on: LabHost): boolean {
  return isOnCluster(test) || test.runners[on] !== undefined;
}

function orOnCluster(run: Run): Run {
  return (test, context) => (isOnCluster(test) ? onCluster : run)(test, context);
}

/** Prints the rows in the order of the tests, each as soon as it can be. Returns how many failed. */
async function table(
  tests: readonly LabTest[],
  run: Run,
  { on, seeds, seed, concurrency }: Options,
): Promise<number> {
  const all = Array.from({ length: seeds }, (_, offset) => seed + offset);
  // On a cluster no seed makes two runs alike, and time is real: beside the simulator's tests one run is enough.
  const seedsOf = (test: LabTest) => (on === 'simulator' && isOnCluster(test) ? all.slice(0, 1) : all);
  const progress = new Progress(
    'runs',
    tests.reduce((sum, test) => sum + seedsOf(test).length, 0),
  );
  const counted: Run = (test, context) => run(test, context).finally(() => progress.advance());
  const reports = startInTurn(tests, concurrency, (test) => runLabTest(test, counted, seedsOf(test)));
  let failed = 0;
  for (const [at, test] of tests.entries()) {
    const report = await reports[at];
    if (report === undefined) continue;
    if (report.failures.length > 0) failed += 1;
    progress.print(row(test, report));
    for (const line of failureLines(test, report, on)) progress.print(line);
  }
  progress.stop();
  return failed;
}

/** First `concurrency` at once, then one after the other those that run alone. */
function startInTurn(
  tests: readonly LabTest[],
  concurrency: number,
  work: (test: LabTest) => Promise<LabReport>,
): readonly Promise<LabReport>[] {
  const waiting = tests.map((test) => ({ test, ...Promise.withResolvers<LabReport>() }));
  const takeEach = async (mine: typeof waiting): Promise<void> => {
    for (let next = mine.shift(); next !== undefined; next = mine.shift())
      next.resolve(await work(next.test));
  };
  const runsAlone = (test: LabTest) => test.runsAlone === true || isOnCluster(test);
  const alone = waiting.filter(({ test }) => runsAlone(test));
  const together = waiting.filter(({ test }) => !runsAlone(test));
  const all = Promise.all(Array.from({ length: concurrency }, () => takeEach(together)));
  all
    .then(() => takeEach(alone))
    .catch((error) => {
      for (const { reject } of waiting) reject(error);
    });
  return waiting.map(({ promise }) => promise);
}

function row({ name }: LabTest, { figures, failures }: LabReport): string {
  const verdict = failures.length === 0 ? 'pass' : 'FAIL';
  return `${name.padEnd(NAME_WIDTH)}  ${verdict}  ${figures.map(formatFigure).join(' | ')}`;
}

function failureLines({ name }: LabTest, { failures }: LabReport, on: LabHost): readonly string[] {
  const host = on === 'simulator' ? '' : ` --on ${on}`;
  const shown = failures.slice(0, FAILURES_SHOWN_MAX);
  const hidden = failures.length - shown.length;
  return [
    ...shown.flatMap(({ seed, message }) => [
      `    seed ${seed}: ${message}`,
      `    replay: npm run labs -- ${name} --seed ${seed}${host}`,
    ]),
    ...(hidden === 0 ? [] : [`    and ${hidden} more seeds`]),
  ];
}
