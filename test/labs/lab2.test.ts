import { describe, expect, test } from 'vitest';
import { LAB_2_TESTS } from './lab2/index.ts';
import { inSimulator, runLabTest } from './run.ts';

/** `npm run labs` runs more of them. */
const SEEDS = [1, 2];
/** Once is enough for what takes seconds and hardly depends on the seed. */
const isLong = (name: string) => name.endsWith('ManyClients') || name === 'TestMemManyAppends';

describe('lab 2, by the names of the course', () => {
  test.each(LAB_2_TESTS.map((labTest) => [labTest.name, labTest] as const))('%s', async (name, labTest) => {
    const { failures } = await runLabTest(labTest, inSimulator, isLong(name) ? [1] : SEEDS);
    expect(failures).toEqual([]);
  });

  test('there are all 10, each with a name of its own', () => {
    expect(new Set(LAB_2_TESTS.map(({ name }) => name)).size).toBe(10);
  });
});
