import { expect, test } from 'vitest';
import { ratioOf, roundOf } from '../../../../tools/bench/figures.ts';
import { formatSpread, percentile, spread } from '../../../../tools/bench/statistics.ts';
import { cellOf } from './example-results.ts';

test('a percentile is a value that occurred', () => {
  expect(spread([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
  const hundred = Array.from({ length: 100 }, (_, at) => at + 1);
  expect([50, 99, 100].map((percent) => percentile(hundred, percent))).toEqual([50, 99, 100]);
  expect(() => percentile([], 50)).toThrow(RangeError);
});

test('a spread is written as its median, with the least and the greatest if there is more than one value', () => {
  expect(formatSpread(spread([3, 1, 2]), 1)).toBe('2.0 (1.0–3.0)');
  expect(formatSpread(spread([7]))).toBe('7');
});

test('a ratio is that of rounds which were neighbours, so that a machine that slows down leaves it alone', () => {
  const slowing = ratioOf(
    cellOf('group-3', [900, 450, 90]),
    cellOf('floor', [1000, 500, 100]),
    'operationsPerSecond',
  );
  expect(slowing).toEqual({ median: 0.9, min: 0.9, max: 0.9 });
});

test('a round is the load of that time: percentiles in milliseconds, CPU in microseconds of one operation', () => {
  const latenciesMs = Array.from({ length: 100 }, (_, at) => at + 1);
  expect(
    roundOf({
      operationsPerSecond: 66.66666,
      latenciesMs,
      slowestMs: 120,
      serverCpuMs: 0.35,
      loadCpuMs: 0.04,
    }),
  ).toEqual({
    operationsPerSecond: 66.7,
    p50Ms: 50,
    p99Ms: 99,
    slowestMs: 120,
    serverCpuUs: 350,
    loadCpuUs: 40,
  });
});
