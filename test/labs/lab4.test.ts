import { describe, expect, test } from 'vitest';
import { LAB_4_TESTS } from './lab4/index.ts';
import { selectTests } from './registry.ts';
import { inSimulator, runLabTest } from './run.ts';

/**
 * `npm run labs` runs more of them. On a network without faults the clerks make thousands of operations a second, so
 * that one run of it is long and shows much.
 */
const seedsOf = (name: string) => (/Unreliable|OnePartition|Snapshot(RPC|Size)/.test(name) ? [1, 2, 3] : [1]);

describe('lab 4, by the names of the course', () => {
  test.each(LAB_4_TESTS.map((labTest) => [labTest.name, labTest] as const))('%s', async (name, labTest) => {
    const { failures } = await runLabTest(labTest, inSimulator, seedsOf(name));
    expect(failures).toEqual([]);
  });

  test('there are all 23, each with a name of its own', () => {
    expect(new Set(LAB_4_TESTS.map(({ name }) => name)).size).toBe(23);
  });

  test('the same seed gives the same figures', async () => {
    const [labTest] = selectTests(['TestPersistPartitionUnreliable4A']) ?? [];
    if (labTest === undefined) throw new Error('the test is gone');
    const first = await runLabTest(labTest, inSimulator, [7]);
    expect(first.figures).not.toEqual([]);
    expect(await runLabTest(labTest, inSimulator, [7])).toEqual(first);
  });
});
