import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { freeze, serverCpuMs, thaw } from '../../../../tools/bench/contenders/contender.ts';
import { anonymousBytes, cpuMs, processTree } from '../../../../tools/bench/process-tree.ts';

/** Of a name with parentheses and blanks in it, since /proc writes names as they are. */
const BUSY = `process.title = 'a) b (c'; for (let n = 0; ; n += 1) if (n % 1e7 === 0) require('fs').writeSync(1, '.\\n')`;

test('a server is all its processes: their time counts, and they stop and go on together', async () => {
  const shell = spawn('/bin/sh', ['-c', `"${process.execPath}" -e "${BUSY}"; true`], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { pid = 0 } = shell;
  try {
    await once(createInterface({ input: shell.stdout }), 'line');
    const server = { url: '', pids: [pid], stop: async () => {} };
    expect(processTree(pid)).toHaveLength(2);
    expect(anonymousBytes(processTree(pid)[1] ?? 0)).toBeGreaterThan(1 << 20);

    await expect.poll(() => serverCpuMs(server)).toBeGreaterThan(30);
    freeze(server);
    // A processor that runs one of them may come to the signal a moment later.
    await new Promise((resolve) => setTimeout(resolve, 100));
    const frozenMs = serverCpuMs(server);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(serverCpuMs(server)).toBe(frozenMs);
    thaw(server);
    await expect.poll(() => serverCpuMs(server)).toBeGreaterThan(frozenMs);
  } finally {
    process.kill(-pid, 'SIGKILL');
  }
});

test('a process that is gone has taken nothing, and need not be stopped', () => {
  const server = { url: '', pids: [2 ** 30], stop: async () => {} };
  freeze(server);
  thaw(server);
  expect(serverCpuMs(server)).toBe(0);
  expect([cpuMs(2 ** 30), anonymousBytes(2 ** 30), processTree(2 ** 30)]).toEqual([0, 0, [2 ** 30]]);
});
