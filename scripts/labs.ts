/**
 * Runs the course's tests under their own names:
 *
 *     npm run labs -- [NAME…] [--on simulator|workerd] [--seeds N] [--seed FIRST] [--concurrency N]
 *
 * A name is that of a test, of a part or of a lab: TestCount3B, 3B, 3. On workerd the tests run on real objects in a
 * process of their own, in real time: they mostly sleep, so several run at once. Each row of the table gives the figures of a test
 * beside their bounds, the worst of all seeds. Exit code: 0 all passed, 1 one failed, 2 bad usage.
 */

import { Command, InvalidArgumentError, Option } from 'commander';
import { formatFigure, type LabHost, type LabTest } from '../test/labs/lab-test.ts';
import { LAB_TESTS, selectTests } from '../test/labs/registry.ts';
import { inSimulator, type LabReport, type Run, runLabTest } from '../test/labs/run.ts';
import { withWorkerd } from '../test/labs/workerd/workerd-labs.ts';

const EXIT_FAILED = 1;
const EXIT_BAD_USAGE = 2;
const HOSTS: readonly LabHost[] = ['simulator', 'workerd'];
/** One seed shows the failure; the others show how common it is. */
const FAILURES_SHOWN_MAX = 3;
const NAME_WIDTH = Math.max(...LAB_TESTS.map(({ name }) => name.length));

interface Options {
  readonly on: LabHost;
  readonly seeds: number;
  readonly seed: number;
  readonly concurrency: number;
}

const command = new Command('labs')
  .description("Runs the course's tests under their own names.")
  .argument('[names...]', 'tests, parts or labs, such as TestCount3B, 3B or 3; all if none is named')
  .addOption(new Option('--on <host>', 'where to run them').choices(HOSTS).default('simulator'))
  .option('--seeds <count>', 'how many seeds to run each test with', parseNatural, 1)
  .option('--seed <first>', 'the first of the seeds', parseNatural, 1)
  .option('--concurrency <count>', 'how many tests run at once on workerd', parseNatural, 6)
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : EXIT_BAD_USAGE))
  .parse();

process.exitCode = await labs(command.args, command.opts<Options>());

async function labs(names: readonly string[], options: Options): Promise<number> {
  const { on } = options;
  const selected = selectTests(names)?.filter(({ runners }) => runners[on] !== undefined) ?? [];
  if (selected.length === 0) {
    console.error(`labs: no such test on ${on}: ${names.join(' ')}`);
    return EXIT_BAD_USAGE;
  }
  const printTable = (run: Run) => table(selected, run, options);
  const failed = on === 'workerd' ? await withWorkerd(printTable) : await printTable(inSimulator);
  console.log(`${selected.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : EXIT_FAILED;
}

/** Prints the rows in the order of the tests, each as soon as it can be. Returns how many failed. */
async function table(
  tests: readonly LabTest[],
  run: Run,
  { on, seeds, seed, concurrency }: Options,
): Promise<number> {
  const all = Array.from({ length: seeds }, (_, offset) => seed + offset);
  const reports = startInTurn(tests, concurrency, (test) => runLabTest(test, run, all));
  let failed = 0;
  for (const [at, test] of tests.entries()) {
    const report = await reports[at];
    if (report === undefined) continue;
    if (report.failures.length > 0) failed += 1;
    console.log(row(test, report));
    for (const line of failureLines(test, report, on)) console.log(line);
  }
  return failed;
}

/** Begins with each item when fewer than `concurrency` are under way. */
function startInTurn<Item, Result>(
  items: readonly Item[],
  concurrency: number,
  work: (item: Item) => Promise<Result>,
): readonly Promise<Result>[] {
  const waiting = items.map((item) => ({ item, ...Promise.withResolvers<Result>() }));
  const results = waiting.map(({ promise }) => promise);
  const takeNext = (): void => {
    const next = waiting.shift();
    if (next === undefined) return;
    work(next.item).then(next.resolve, next.reject).finally(takeNext);
  };
  for (let started = 0; started < concurrency; started += 1) takeNext();
  return results;
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

function parseNatural(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('It must be a whole number above 0.');
  return value;
}
