import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { MARKS } from './marks.ts';
import { type Outcome, simulate } from './simulation.ts';

const FIXED_SEEDS = Array.from({ length: 40 }, (_, at) => at + 1);

/** Each commit is tested with a seed that none before it was. Outside of a repository, one that is fixed. */
function seedOfCommit(): number {
  try {
    const commit = execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8', stdio: 'pipe' });
    return Number.parseInt(commit.slice(0, 7), 16);
  } catch {
    return 0xf10711a;
  }
}

function run(seed: number): Outcome {
  return simulate(seed, { nowMs: () => performance.now() });
}

test.each([...FIXED_SEEDS, seedOfCommit()])('a cluster keeps its promises under seed %i', (seed) => {
  const outcome = run(seed);
  expect(outcome.violation).toBeUndefined();
  expect(outcome.operations).toBeGreaterThanOrEqual(200);
  expect(outcome.virtualMs).toBeGreaterThanOrEqual(30_000);
});

test('a seed that is run twice gives the same trace, and another seed another one', () => {
  const hashes = [7, 7, 8].map((seed) => run(seed).traceHash);
  expect(hashes[1]).toBe(hashes[0]);
  expect(hashes[2]).not.toBe(hashes[0]);
});

/** A line that a replica says, and not the simulator. */
const PROSE = /^ *\d+\.\d{3} [\w-]+: /;

test('to print the trace does not change it', () => {
  const lines: string[] = [];
  const printed = simulate(7, { nowMs: () => performance.now(), print: (line) => lines.push(line) });
  expect(printed.traceHash).toBe(run(7).traceHash);
  const notes = lines.filter((line) => !PROSE.test(line));
  expect(printed.traceHash.endsWith(`-${notes.length}`)).toBe(true);
  expect(lines).toContainEqual(expect.stringMatching(/: \d leads term \d+$/));
});

test('the fixed seeds come through every place that they are there for', () => {
  const reached = new Set(FIXED_SEEDS.slice(0, 20).flatMap((seed) => [...run(seed).marks]));
  expect(MARKS.filter((mark) => !reached.has(mark))).toEqual([]);
});
