import { expect, test } from 'vitest';
import { countCopies } from '../../tools/harness/failover-run.ts';
import { longestGapMs } from '../../tools/harness/service-gaps.ts';

test('copies of a line are counted, and anything else is none', () => {
  expect(countCopies('line\n', 'line\n')).toBe(1);
  expect(countCopies('\n\n', '\n')).toBe(2);
  expect(countCopies('', 'line\n')).toBe(0);
  expect(countCopies('lime\n', 'line\n')).toBe(0);
  expect(countCopies('line\nlin', 'line\n')).toBe(0);
});

test('the longest gap is between two neighbours that touch the window', () => {
  const acknowledgedMs = [0, 10, 60, 70, 170, 180];
  expect(longestGapMs(acknowledgedMs)).toBe(100);
  expect(longestGapMs(acknowledgedMs, 15, 65)).toBe(50);
  expect(longestGapMs(acknowledgedMs, 15, 75)).toBe(100);
  expect(longestGapMs(acknowledgedMs, 175)).toBe(10);
  expect(longestGapMs([])).toBe(0);
});
