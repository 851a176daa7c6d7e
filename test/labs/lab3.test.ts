import { describe, expect, test } from 'vitest';
import { LAB_3_TESTS } from './lab3/index.ts';
import { selectTests } from './registry.ts';
import { runLabTest } from './run.ts';

/** `npm run labs` runs more of them. */
const SEEDS = [1, 2, 3, 4, 5];

describe('lab 3, by the names of the course', () => {
  test.each(LAB_3_TESTS.map((labTest) => [labTest.name, labTest] as const))('%s', async (_, labTest) => {
    const { failures } = await runLabTest(labTest, 'simulator', SEEDS);
    expect(failures).toEqual([]);
  });

  test('there are all 28, each with a name of its own', () => {
    expect(new Set(LAB_3_TESTS.map(({ name }) => name)).size).toBe(28);
  });

  test('the same seed gives the same figures', async () => {
    const [churn] = selectTests(['TestUnreliableChurn3C']) ?? [];
    if (churn === undefined) throw new Error('the test is gone');
    const first = await runLabTest(churn, 'simulator', [7]);
    expect(first.figures).not.toEqual([]);
    expect(await runLabTest(churn, 'simulator', [7])).toEqual(first);
  });
});
