import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { checkHistory, keyValueModel, readHistory } from '../../tools/checker/index.ts';
import { runKills } from '../../tools/harness/kill-run.ts';
import { LocalCluster } from '../../tools/harness/local-cluster.ts';
import { runScript } from './support/commands.ts';

const CARELESS_WORKER = fileURLToPath(new URL('../on-workerd/careless.worker.ts', import.meta.url));
const LIMITS = { timeLimitMs: 10_000, nowMs: () => performance.now() };

test('a cluster that is killed three times under load stays linearizable, and its history can be judged again', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'flotilla-kill-'));
  const file = join(directory, 'history.jsonl');
  const { code, output } = await runScript('scripts/kill-test.ts', '--kills', '3', '--history', file);
  const { operations, model } = readHistory(file, readFileSync(file, 'utf8'));
  rmSync(directory, { recursive: true });

  expect(output).toMatch(/kills 3, operations \d+, lost 0, duplicated 0, linearizable\n/);
  expect(code, output).toBe(0);
  expect(operations.length).toBeGreaterThan(100);
  expect(operations.every(({ return: returned }) => returned !== undefined)).toBe(true);
  expect(checkHistory(operations, model, LIMITS).verdict).toBe('linearizable');
});

test('the lost and doubled writes of a careless store are counted, and its history is not linearizable', async () => {
  const cluster = new LocalCluster({ worker: CARELESS_WORKER });
  try {
    await cluster.start();
    const report = await runKills({ cluster, kills: 1, clients: 8, seed: 7, onKill: () => {} });
    expect(report.lost).toBeGreaterThan(0);
    expect(report.duplicated).toBeGreaterThan(0);
    expect(checkHistory(report.history, keyValueModel, LIMITS).verdict).toBe('not linearizable');
  } finally {
    await cluster.stop();
  }
});
