import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ROOT } from './support/commands.ts';

const PATIENCE = { timeout: 60_000, interval: 100 };

const folder = mkdtempSync(join(tmpdir(), 'flotilla-guardian-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Of those workerd that were told to use a folder under `directory`. */
function workerdsUnder(directory: string): readonly string[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,args='], { encoding: 'utf8' }).split('\n');
  return lines.filter((line) => line.includes('workerd') && line.includes(directory));
}

/** Wrangler leaves a note there on its own versions. */
function foldersIn(directory: string): readonly string[] {
  return readdirSync(directory).filter((name) => name.startsWith('flotilla-'));
}

async function startDemo(directory: string): Promise<ChildProcess> {
  const demo = spawn(process.execPath, ['scripts/demo-reshard.ts'], {
    cwd: ROOT,
    env: { ...process.env, TMPDIR: directory },
    stdio: 'ignore',
  });
  await expect.poll(() => workerdsUnder(directory), PATIENCE).toHaveLength(1);
  return demo;
}

test('after any signal to a demo, its workerd and its folder are gone', async () => {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const;
  const directories = signals.map(() => mkdtempSync(join(folder, 'demo-')));
  const demos = await Promise.all(directories.map(startDemo));
  for (const [at, demo] of demos.entries()) demo.kill(signals[at]);
  for (const directory of directories) {
    await expect.poll(() => workerdsUnder(directory), PATIENCE).toEqual([]);
    await expect.poll(() => foldersIn(directory), PATIENCE).toEqual([]);
  }
});
