import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { checkHistory, keyValueModel, readHistory } from '../../tools/checker/index.ts';
import { type FailoverReport, runFailover } from '../../tools/harness/failover-run.ts';
import { LocalCluster } from '../../tools/harness/local-cluster.ts';
import { runScript } from './support/commands.ts';
import { numberedLines } from './support/texts.ts';

const CARELESS_WORKER = fileURLToPath(new URL('../on-workerd/careless.worker.ts', import.meta.url));
const LIMITS = { timeLimitMs: 10_000, nowMs: () => performance.now() };

test('the demo stores a text through the crash of a leader and the kill of the process', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'flotilla-demo-'));
  const text = join(directory, 'text.txt');
  const history = join(directory, 'history.jsonl');
  writeFileSync(text, numberedLines(300).join(''));
  const { code, output } = await runScript('scripts/demo-failover.ts', text, '--history', history);
  const recorded = readHistory(history, readFileSync(history, 'utf8'));
  rmSync(directory, { recursive: true });

  expect(output).toMatch(/acknowledged +300\n/);
  expect(output).toMatch(/lost +0\n/);
  expect(output).toMatch(/duplicated +0\n/);
  expect(output).toContain('has crashed');
  expect(output).toContain('started again on the same disk');
  expect(code).toBe(0);
  expect(recorded.operations).toHaveLength(600);
  expect(checkHistory(recorded.operations, recorded.model, LIMITS).verdict).toBe('linearizable');
});

test('lines that a careless store loses or doubles are counted, and its history is not linearizable', async () => {
  const report = await failoverOf(CARELESS_WORKER, numberedLines(100));
  expect(report).toMatchObject({ acknowledged: 100 });
  // One in ten each; a resend during the faults moves the count by a few.
  expect(report.lost).toBeGreaterThan(5);
  expect(report.duplicated).toBeGreaterThan(5);
  expect(checkHistory(report.history, keyValueModel, LIMITS).verdict).toBe('not linearizable');
});

async function failoverOf(worker: string, lines: readonly string[]): Promise<FailoverReport> {
  const cluster = new LocalCluster({ worker });
  try {
    await cluster.start();
    return await runFailover({ cluster, lines, clients: 8, onEvent: () => {} });
  } finally {
    await cluster.stop();
  }
}
