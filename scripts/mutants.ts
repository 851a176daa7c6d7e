/**
 * Plants each known bug in turn, and runs seeds until the simulator finds it:
 *
 *     npm run mutants [-- NAME…] [--limit SEEDS] [--from SEED]
 *
 * A rig that finds nothing proves nothing. Ends with "N passed, N failed": a mutant that survives has failed.
 */

import { Command, InvalidArgumentError } from 'commander';
import { INEXPRESSIBLE, MUTANTS, type Mutant, mutantNamed } from '../test/mutants/index.ts';
import { type Outcome, runSeeds, seedsFrom } from '../test/sim/index.ts';

const THREADS = 2;
const SEEDS_MAX = 3000;

interface Options {
  readonly limit: number;
  readonly from: number;
}

interface Verdict {
  readonly mutant: Mutant;
  readonly seeds: number;
  /** Undefined if it survived. */
  readonly caught: Outcome | undefined;
}

const command = new Command('mutants')
  .description('Shows that the simulator finds known bugs.')
  .argument('[names...]', 'mutants; all if none is named')
  .option('--limit <seeds>', 'how many seeds a mutant may survive', parseCount, SEEDS_MAX)
  .option('--from <seed>', 'the first seed', parseCount, 1)
  .parse();

const verdicts = await judgeAll(chosen(command.args), command.opts<Options>());
printTable(verdicts);
const survivors = verdicts.filter(({ caught }) => caught === undefined).length;
console.log(`${verdicts.length - survivors} passed, ${survivors} failed`);
process.exitCode = survivors > 0 ? 1 : 0;

function chosen(names: readonly string[]): readonly Mutant[] {
  return names.length === 0 ? MUTANTS : names.map(mutantNamed);
}

async function judgeAll(mutants: readonly Mutant[], options: Options): Promise<readonly Verdict[]> {
  const verdicts = new Map<Mutant, Verdict>();
  const queue = mutants.values();
  const judgeRest = async (): Promise<void> => {
    for (const mutant of queue) {
      const verdict = await judge(mutant, options);
      verdicts.set(mutant, verdict);
      console.log(progress(verdict));
    }
  };
  await Promise.all(Array.from({ length: THREADS }, judgeRest));
  return mutants.flatMap((mutant) => verdicts.get(mutant) ?? []);
}

async function judge(mutant: Mutant, { limit, from }: Options): Promise<Verdict> {
  let seeds = 0;
  let caught: Outcome | undefined;
  await runSeeds(seedsFrom(from, limit), { mutant: mutant.name, isTraced: false }, (outcome) => {
    seeds += 1;
    if (outcome.violation === undefined) return 'go on';
    caught = outcome;
    return 'enough';
  });
  return { mutant, seeds, caught };
}

function progress({ mutant, seeds, caught }: Verdict): string {
  const { violation, seed } = caught ?? {};
  if (violation === undefined) return `SURVIVED ${mutant.name}: ${seeds} seeds`;
  return `caught ${mutant.name} by ${violation.invariant} with seed ${seed}: ${firstLine(violation.message)}`;
}

function printTable(verdicts: readonly Verdict[]): void {
  console.log('\n| item | mutant | caught by | seeds |\n| --- | --- | --- | ---: |');
  for (const { mutant, seeds, caught } of verdicts) {
    const by = caught?.violation?.invariant ?? '**survived**';
    console.log(`| ${mutant.item} | ${mutant.name} | ${by} | ${seeds} |`);
  }
  console.log('\nNot expressed as mutants:');
  for (const { item, bug, reason } of INEXPRESSIBLE) console.log(`- ${item} ${bug}: ${reason}`);
  console.log('');
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

function parseCount(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new InvalidArgumentError('It must be a natural number.');
  return value;
}
