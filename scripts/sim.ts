/**
 * Runs clusters in virtual time, each from one seed, with faults of all kinds:
 *
 *     npm run sim -- --seeds N [--from S]           many seeds
 *     npm run sim -- --seed S [--trace]             one seed again, with all that happens in it
 *     npm run sim -- --seed S --mutant M [--trace]  the same with a known bug planted
 *
 * Ends with "N passed, N failed".
 */

import { MUTANTS } from '../test/mutants/index.ts';
import { type Outcome, runSeeds, seedsFrom } from '../test/sim/index.ts';
import { CommandError, newCommand, wholeNumber } from '../tools/harness/command.ts';
import { Progress } from '../tools/harness/progress.ts';

const THREADS = 2;
const SEEDS = 100;

interface Options {
  readonly seeds: number;
  readonly from: number;
  readonly seed?: number;
  readonly mutant?: string;
  readonly trace?: boolean;
}

const options = newCommand('sim')
  .description('Runs clusters in virtual time, each from one seed.')
  .option('--seeds <count>', 'how many seeds', wholeNumber(), SEEDS)
  .option('--from <seed>', 'the first of them', wholeNumber(), 1)
  .option('--seed <seed>', 'this one only', wholeNumber())
  .option('--mutant <name>', 'plant this bug (npm run mutants lists them)')
  .option('--trace', 'print all that happens')
  .parse()
  .opts<Options>();

if (options.mutant !== undefined && !MUTANTS.some(({ name }) => name === options.mutant))
  throw new CommandError(`no mutant is called ${options.mutant}`);
const startMs = performance.now();
const outcomes = await run();
summarize(outcomes, performance.now() - startMs);

async function run(): Promise<readonly Outcome[]> {
  const { seed, mutant, trace: isTraced = false } = options;
  const seeds = seed === undefined ? seedsFrom(options.from, options.seeds) : seedsFrom(seed, 1);
  const outcomes: Outcome[] = [];
  const progress = seed === undefined ? new Progress('seeds', options.seeds) : undefined;
  const print = (text: string): void => (progress === undefined ? console.log(text) : progress.print(text));
  const runRest = (): Promise<void> =>
    runSeeds(seeds, { mutant, isTraced }, (outcome) => {
      outcomes.push(outcome);
      progress?.advance();
      if (outcome.violation !== undefined || seed !== undefined) print(report(outcome));
      return 'go on';
    });
  await Promise.all(Array.from({ length: seed === undefined ? THREADS : 1 }, runRest));
  progress?.stop();
  return outcomes;
}

function report({ seed, violation, operations, committed, virtualMs, traceHash }: Outcome): string {
  const facts = `${operations} operations, ${committed} entries, ${virtualMs / 1000} s, trace ${traceHash}`;
  if (violation === undefined) return `seed ${seed} passed: ${facts}`;
  const mutant = options.mutant === undefined ? '' : ` --mutant ${options.mutant}`;
  return (
    `seed ${seed} FAILED: ${violation.invariant}: ${violation.message} (${facts})\n` +
    `  again: npm run sim -- --seed ${seed}${mutant} --trace`
  );
}

function summarize(outcomes: readonly Outcome[], realMs: number): void {
  const virtualMs = outcomes.reduce((sum, outcome) => sum + outcome.virtualMs, 0);
  const operations = outcomes.reduce((sum, outcome) => sum + outcome.operations, 0);
  const failed = outcomes.filter(({ violation }) => violation !== undefined).length;
  const perMinute = Math.round((outcomes.length * 60_000) / realMs);
  console.log(
    `${perMinute} seeds a minute; ${Math.round(virtualMs / realMs)} virtual seconds a real second; ` +
      `on average ${Math.round(operations / outcomes.length)} operations in ${(virtualMs / 1000 / outcomes.length).toFixed(1)} s`,
  );
  console.log(`${outcomes.length - failed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}
