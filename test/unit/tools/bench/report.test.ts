import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { drawChart } from '../../../../tools/bench/chart.ts';
import { formatTable } from '../../../../tools/bench/markdown.ts';
import { formatReport, NO_MEASUREMENT } from '../../../../tools/bench/report.ts';
import { ResultFiles } from '../../../../tools/bench/result-files.ts';
import { CIRCUMSTANCES, cellOf, comparisonOf, PUT_64 } from './example-results.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const COMPARISON = comparisonOf(cellOf('floor', [1000, 1200, 1100]), cellOf('group-3', [900, 1100, 990]));

test('the report has the targets, the circumstances, a table for each workload and what was left out', () => {
  const leftOut = (['group-3', 'solo'] as const).map((contender) => ({
    contender,
    operation: 'put-if-absent' as const,
    reason: 'refused: 501',
  }));
  const repeated = [{ contender: 'group-3' as const, workload: PUT_64, reason: '503 no-leader' }];
  const figures = { ...COMPARISON.figures, leftOut, repeated };
  const report = formatReport({ comparison: { ...COMPARISON, figures } });
  expect(report).toMatch(
    /\| put, 64 clients: group of 3 \/ floor, throughput +\| >= 0\.9 +\| 0\.90 \(0\.90–0\.92\) +\| yes/,
  );
  expect(report).toContain(
    'Measured 2026-11-28 12:00 UTC at commit 0123456789ab: 2 cores of Abacus <7> & Sons',
  );
  expect(report).toContain('### put, new keys, 16 bytes, 64 clients');
  expect(report).toMatch(
    /\| floor +\| 1100 \(1000–1200\) +\| 1\.00 +\| 1\.00 +\| 2\.0 +\| 3 +\| 909 \(833–1000\) +\| 20 +\|/,
  );
  expect(report).toContain('- `group-3`, `solo`: conditional put, new keys: refused: 501');
  expect(report).toContain('- `group-3`, put, new keys, 16 bytes, 64 clients: 503 no-leader');
  expect(report).not.toContain(NO_MEASUREMENT);
});

test('a quick run says wherever it is shown that it is no measurement', () => {
  const quick = { ...COMPARISON, circumstances: { ...CIRCUMSTANCES, isQuick: true } };
  expect(formatReport({ comparison: quick })).toContain(`**${NO_MEASUREMENT}**`);
  expect(drawChart(quick)).toContain('No measurement');
});

test('the chart has a bar for each contender, names date and machine, and is well-formed', () => {
  const chart = drawChart(COMPARISON) ?? '';
  expect(chart.match(/<rect x=/g)).toHaveLength(2);
  expect(chart).toContain('2026-11-28');
  expect(chart).toContain('Abacus &lt;7> &amp; Sons');
  expect(chart).toContain('990  (0.90 of the floor)');
  const open = [...chart.matchAll(/<(\w+)[^>]*[^/]>/g)].length;
  expect(open).toBe([...chart.matchAll(/<\/\w+>/g)].length);
});

test('nothing that a chart shows is no chart', () => {
  const append = { operation: 'append', valueBytes: 16, clients: 64 } as const;
  expect(drawChart(comparisonOf(cellOf('solo', [1], append)))).toBeUndefined();
});

test('a cell keeps its row, whatever it contains', () => {
  expect(formatTable(['a', 'b'], [['x|y', '1']])).toBe('| a    | b   |\n| ---- | --- |\n| x\\|y | 1   |');
});

test('a run replaces the parts that it measured, and leaves the others', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-bench-'));
  folders.push(folder);
  const name = join(folder, 'results', 'latest');
  const crashes = {
    circumstances: CIRCUMSTANCES,
    figures: { gapsMs: [500], electionTimeoutMs: 500, clients: 16 },
  };
  new ResultFiles(name).add({ crashes });
  expect(existsSync(`${name}.svg`)).toBe(false);
  new ResultFiles(name).add({ comparison: COMPARISON });
  expect(new ResultFiles(name).results).toEqual({ crashes, comparison: COMPARISON });
  expect(readFileSync(`${name}.md`, 'utf8')).toBe(formatReport({ crashes, comparison: COMPARISON }));
  expect(readFileSync(`${name}.svg`, 'utf8')).toBe(drawChart(COMPARISON));

  writeFileSync(`${name}.json`, JSON.stringify({ format: 0, crashes }));
  expect(new ResultFiles(name).results).toEqual({});
});
