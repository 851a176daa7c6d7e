import { describe, expect, test } from 'vitest';
import { selectTests } from '../registry.ts';
import { runLabTest } from '../run.ts';
import { BEYOND_TESTS } from './beyond.ts';
import { COURSE_TESTS, LAB_5_TESTS } from './index.ts';

/** `npm run labs` runs more of them. */
const SEEDS = [1, 2];
/** Seconds each. */
const LONG_TESTS = [
  'TestConcurrent3_5B',
  'ConfigurationChangeDuringLeaderChange',
  'ChangeEverySecondOf64ShardsOn5Groups',
];

describe('lab 5, by the names of the course, and what the course lacks', () => {
  test.each(LAB_5_TESTS.map((labTest) => [labTest.name, labTest] as const))('%s', async (name, labTest) => {
    const seeds = LONG_TESTS.includes(name) ? SEEDS.slice(0, 1) : SEEDS;
    const { failures } = await runLabTest(labTest, 'simulator', seeds);
    expect(failures).toEqual([]);
  });

  test("all 17 of the course's and 4 more are there, each with a name of its own", () => {
    expect(COURSE_TESTS).toHaveLength(17);
    expect(BEYOND_TESTS).toHaveLength(4);
    expect(new Set(LAB_5_TESTS.map(({ name }) => name)).size).toBe(21);
  });

  test('the same seed gives the same figures', () => {
    const [labTest] = selectTests(['TestUnreliable3_5B']) ?? [];
    const run = labTest?.runners.simulator;
    expect(run?.({ seed: 7 })).toEqual(run?.({ seed: 7 }));
  });
});
