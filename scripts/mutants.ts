/**
 * Plants each known bug in turn, and runs seeds until the simulator finds it, or, for the moves of shards, the model:
 *
 *     npm run mutants [-- NAME…] [--limit SEEDS] [--from SEED]
 *
 * A rig that finds nothing proves nothing. Ends with "N passed, N failed": a mutant that survives has failed.
 */

import { INEXPRESSIBLE, MUTANTS, type Mutant, mutantNamed } from '../test/mutants/index.ts';
import { type JudgeLimits, judge, type MutantVerdict } from '../test/mutants/judge.ts';
import { CommandError, newCommand, wholeNumber } from '../tools/harness/command.ts';
import { Progress } from '../tools/harness/progress.ts';

const THREADS = 2;
const SEEDS_MAX = 3000;

interface Options {
  readonly limit: number;
  readonly from: number;
}

const command = newCommand('mutants')
  .description('Shows that the simulator finds known bugs.')
  .argument('[names...]', 'mutants; all if none is named')
  .option('--limit <seeds>', 'how many seeds a mutant may survive', wholeNumber(), SEEDS_MAX)
  .option('--from <seed>', 'the first seed', wholeNumber(), 1)
  .parse();

const { from: fromSeed, limit: seedsMax } = command.opts<Options>();
const verdicts = await judgeAll(chosen(command.args), { fromSeed, seedsMax });
printTable(verdicts);
const survivors = verdicts.filter(({ caught }) => caught === undefined).length;
console.log(`${verdicts.length - survivors} passed, ${survivors} failed`);
process.exitCode = survivors > 0 ? 1 : 0;

function chosen(names: readonly string[]): readonly Mutant[] {
  const unknown = names.find((name) => !MUTANTS.some((mutant) => mutant.name === name));
  if (unknown !== undefined) throw new CommandError(`no mutant is called ${unknown}`);
  return names.length === 0 ? MUTANTS : names.map(mutantNamed);
}

async function judgeAll(mutants: readonly Mutant[], limits: JudgeLimits): Promise<readonly MutantVerdict[]> {
  const verdicts = new Map<Mutant, MutantVerdict>();
  const queue = mutants.values();
  const progress = new Progress('mutants', mutants.length);
  const judgeRest = async (): Promise<void> => {
    for (const mutant of queue) {
      const verdict = await judge(mutant, limits);
      verdicts.set(mutant, verdict);
      progress.advance();
      progress.print(inShort(verdict));
    }
  };
  await Promise.all(Array.from({ length: THREADS }, judgeRest));
  progress.stop();
  return mutants.flatMap((mutant) => verdicts.get(mutant) ?? []);
}

function inShort({ mutant, seeds, caught, judge: by }: MutantVerdict): string {
  if (caught === undefined) return `SURVIVED ${mutant.name}: ${seeds} seeds`;
  return `caught ${mutant.name} by the ${by} after ${seeds}: ${caught.by}: ${firstLine(caught.message)}`;
}

function printTable(verdicts: readonly MutantVerdict[]): void {
  console.log('\n| item | mutant | judge | caught by | seeds |\n| --- | --- | --- | --- | ---: |');
  for (const { mutant, judge: by, seeds, caught } of verdicts) {
    const { item, name } = mutant;
    console.log(
      `| ${item} | ${name} | ${by} | ${caught?.by ?? '**survived**'} | ${by === 'scene' ? '' : seeds} |`,
    );
  }
  console.log('\nNot expressed as mutants:');
  for (const { item, bug, reason } of INEXPRESSIBLE) console.log(`- ${item} ${bug}: ${reason}`);
  console.log('');
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
