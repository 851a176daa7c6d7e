/** Tests that find no planted bug prove nothing: the model finds most of these, the scenes what needs a longer plot. */

import { describe, expect, test } from 'vitest';
import { SHARD_MUTANTS } from '../../mutants/shard-mutants.ts';
import type { MutantReport } from './model/mutant-worker.ts';
import { play } from './model/play.ts';

const RUNS_MAX = 80;
const SEED = 1;
/** Of the mutants, in tenths: a model that leaves more to the scenes has grown blind. */
const TENTHS_FOUND_BY_MODEL = 7;

describe('planted bugs', () => {
  const reports: MutantReport[] = [];

  test.each(SHARD_MUTANTS.map(({ name }) => name))('%s is found', async (mutant) => {
    const report = await play({ mutant, seed: SEED, runs: RUNS_MAX });
    reports.push(report);
    expect(report).toMatchObject({ failed: true });
  });

  test('mostly by the model', () => {
    const found = reports.filter(({ by }) => by === 'the model');
    expect(10 * found.length).toBeGreaterThanOrEqual(TENTHS_FOUND_BY_MODEL * SHARD_MUTANTS.length);
  });

  test('where no bug is planted, none is found', async () => {
    expect(await play({ mutant: undefined, seed: SEED, runs: 20 })).toMatchObject({ failed: false });
  });
});
