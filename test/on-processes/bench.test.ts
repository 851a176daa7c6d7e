import { expect, test } from 'vitest';
import { percentile, spread } from '../../tools/bench/statistics.ts';
import { runScript } from './support/commands.ts';

test('the quick benchmark prints a line for each workload, and the failover', async () => {
  const { code, output } = await runScript('scripts/bench.ts', '--quick');
  expect(code).toBe(0);
  const rows = output.split('\n').filter((line) => /^\| (put|get) /.test(line));
  expect(rows.map((row) => row.split('|', 3).map((cell) => cell.trim()))).toEqual([
    ['', 'put', '1'],
    ['', 'put', '64'],
    ['', 'get', '1'],
    ['', 'get', '64'],
  ]);
  for (const row of rows) expect(row).toMatch(/\| \d+\.\d\d \(\d+\.\d\d–\d+\.\d\d\) +\|$/);
  expect(output).toMatch(/without service after \d+ crashes of the leader: median \d+ ms/);
});

test('a percentile is a value that occurred', () => {
  expect(spread([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
  const hundred = Array.from({ length: 100 }, (_, at) => at + 1);
  expect([50, 99, 100].map((percent) => percentile(hundred, percent))).toEqual([50, 99, 100]);
  expect(() => percentile([], 50)).toThrow(RangeError);
});
