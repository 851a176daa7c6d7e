import { expect, test } from 'vitest';
import { LAB_1_TESTS } from '../labs/lab1/index.ts';
import { checkSameLines } from '../labs/lab1/lab-job.ts';
import { onCluster } from '../labs/on-cluster.ts';
import { runLabTest } from '../labs/run.ts';

/** `npm run labs -- 1 --on workerd` runs all; these are the ones that do not wait for long. */
const QUICK = ['indexer', 'map-parallelism', 'early-exit'];

test.each(QUICK)('%s, with objects for workers', async (name) => {
  const labTest = LAB_1_TESTS.find((candidate) => candidate.name === name);
  if (labTest === undefined) throw new Error(`there is no ${name}`);
  expect((await runLabTest(labTest, onCluster, [1])).failures).toEqual([]);
});

test('there are all seven, each with a name of its own', () => {
  expect(new Set(LAB_1_TESTS.map(({ name }) => name)).size).toBe(7);
});

test('a line that differs, is missing or is too much fails a check', () => {
  const expected = ['a 1', 'b 2'];
  expect(() => checkSameLines(expected, expected)).not.toThrow();
  for (const lines of [['a 1', 'b 3'], ['a 1'], ['a 1', 'b 2', 'c 1'], []])
    expect(() => checkSameLines(lines, expected)).toThrow('instead of');
});
