import { expect, test } from 'vitest';
import type { Results } from '../../../../tools/bench/results.ts';
import { spread } from '../../../../tools/bench/statistics.ts';
import { judge, TARGETS } from '../../../../tools/bench/targets.ts';
import { CIRCUMSTANCES, cellOf, comparisonOf } from './example-results.ts';

function judgementOf(measure: RegExp, results: Results) {
  const found = TARGETS.filter((target) => measure.test(target.measure));
  expect(found).toHaveLength(1);
  return found.map((target) => judge(target, results))[0];
}

test('every target that nothing was measured for says why', () => {
  for (const target of TARGETS) {
    expect(judge(target, {})).toEqual({ type: 'not-measured', reason: expect.stringMatching(/\w/) });
  }
});

test('a target is met by the median of the rounds, above or below as it is wanted', () => {
  const fast = {
    comparison: comparisonOf(cellOf('floor', [100, 100, 100]), cellOf('group-3', [80, 90, 95])),
  };
  const slow = {
    comparison: comparisonOf(cellOf('floor', [100, 100, 100]), cellOf('group-3', [99, 70, 70])),
  };
  const throughput = /64 clients: group of 3 \/ floor, throughput/;
  expect(judgementOf(throughput, fast)).toMatchObject({ isMet: true, value: { median: 0.9 } });
  expect(judgementOf(throughput, slow)).toMatchObject({ isMet: false, value: { median: 0.7 } });
  expect(judgementOf(/server CPU per put/, fast)).toMatchObject({ isMet: true });
  expect(judgementOf(/server CPU per put/, slow)).toMatchObject({ isMet: false });
});

test('a figure of one contender alone is not judged', () => {
  const results = { comparison: comparisonOf(cellOf('group-3', [100])) };
  expect(judgementOf(/^put, 64 clients: group of 3 \/ floor/, results)).toMatchObject({
    type: 'not-measured',
  });
});

test('a crash is judged in election time-outs', () => {
  const figures = { gapsMs: [500, 550, 900], electionTimeoutMs: 500, clients: 16 };
  const crashes = { circumstances: CIRCUMSTANCES, figures };
  expect(judgementOf(/crash of a leader/, { crashes })).toMatchObject({
    isMet: true,
    value: { median: 1.1 },
  });
});

test('growth is judged once both sizes were measured', () => {
  const size = (keys: number, ms: number) => ({
    keys,
    loadedPerSecond: 1000,
    putP50Ms: spread([ms]),
    getP50Ms: spread([ms]),
    memoryBytes: 1,
    diskBytes: 1,
    restartMs: 1,
  });
  const growth = (...sizes: readonly ReturnType<typeof size>[]) => ({
    growth: { circumstances: CIRCUMSTANCES, figures: { sizes, catchUps: [], refused: [] } },
  });
  const measure = /p50 of a put/;
  expect(judgementOf(measure, growth(size(10_000, 2), size(1_000_000, 3)))).toMatchObject({
    isMet: false,
    value: { median: 1.5 },
  });
  expect(judgementOf(measure, growth(size(10_000, 2)))).toMatchObject({ type: 'not-measured' });
});
