/** The group of three as a user gets it: by `npm start`. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Guardian } from '../../harness/guardian.ts';
import type { Server } from './contender.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const LISTENS = /listens on (http:\S+\d)/;

export async function startByNpm(): Promise<Server> {
  const directory = mkdtempSync(join(tmpdir(), 'flotilla-'));
  const guardian = new Guardian(directory);
  const npm = spawn('npm', ['start', '--', '--port', '0', '--state', join(directory, 'state')], {
    cwd: ROOT,
    // A process group of its own, so that a signal reaches all that belongs to it.
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  guardian.watch(npm, { isGroup: true });
  const { pid } = npm;
  if (pid === undefined) throw new Error('npm is not in PATH');
  const ended = once(npm, 'exit');
  const stop = async (): Promise<void> => {
    if (npm.exitCode === null && npm.signalCode === null) {
      process.kill(-pid, 'SIGTERM');
      await ended;
    }
    rmSync(directory, { recursive: true, force: true });
    guardian.release();
  };
  for await (const line of createInterface({ input: npm.stdout })) {
    const [, url] = LISTENS.exec(line) ?? [];
    if (url !== undefined) return { url, pids: [pid], stop };
  }
  await stop();
  throw new Error('npm start ended before it listened');
}
