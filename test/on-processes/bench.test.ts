import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type Comparison, findCell } from '../../tools/bench/figures.ts';
import { NO_MEASUREMENT } from '../../tools/bench/report.ts';
import type { Results } from '../../tools/bench/results.ts';
import { QUICK_WORKLOADS } from '../../tools/bench/workload.ts';
import { runScript } from './support/commands.ts';

const out = mkdtempSync(join(tmpdir(), 'flotilla-bench-'));
afterAll(() => rmSync(out, { recursive: true }));

function readKept(ending: string): string {
  return readFileSync(join(out, `quick.${ending}`), 'utf8');
}

test('the quick benchmark measures those who are named, judges the targets, and keeps what it measured', async () => {
  const { code, output } = await runScript(
    'scripts/bench.ts',
    '--quick',
    '--only',
    'floor,group-3',
    '--out',
    out,
  );
  expect(code).toBe(0);
  expect(output).toMatch(
    /\| put, 64 clients: group of 3 \/ floor, throughput +\| >= 0\.9 +\| \d\.\d\d +\| (yes|no)/,
  );
  expect(output).toContain(NO_MEASUREMENT);

  const { comparison } = JSON.parse(readKept('json')) as Results;
  expect(comparison?.circumstances.isQuick).toBe(true);
  const figures = comparison?.figures as Comparison;
  for (const contender of ['floor', 'group-3'] as const) {
    for (const workload of QUICK_WORKLOADS) {
      const rounds = findCell(figures, contender, workload)?.rounds ?? [];
      // The floor has no batches.
      const isAsked = contender !== 'floor' || workload.operation !== 'put-batch';
      expect(rounds.length > 0, `${contender}: ${workload.operation}`).toBe(isAsked);
      for (const round of rounds)
        for (const figure of Object.values(round)) expect(figure).toBeGreaterThan(0);
    }
  }
  expect(readKept('md')).toContain('### put, new keys, 16 bytes, 64 clients');
  expect(readKept('svg')).toMatch(/^<svg .*<\/svg>\n$/s);
});
