/** What tries to break a cluster is content with a good one, and not with one that answers wrongly or forgets. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { measureEdgeMemory } from '../../tools/bench/edge-memory.ts';
import { LocalCluster } from '../../tools/harness/local-cluster.ts';

const ROOT = join(import.meta.dirname, '../..');
const MIB = 1 << 20;

async function hostile(url: string, ...options: readonly string[]) {
  const command = [join(ROOT, 'scripts/hostile.ts'), url, '--seed', '7', ...options];
  const run = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [output, [exitCode]] = await Promise.all([text(run.stdout), once(run, 'exit')]);
  return { output, exitCode };
}

async function withServer(answer: RequestListener, use: (url: string) => Promise<void>): Promise<void> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test('a good cluster answers all as documented, keeps what it acknowledged, and stays within its bounds', async () => {
  const cluster = new LocalCluster();
  try {
    await cluster.start();
    const { output, exitCode } = await hostile(cluster.url, '--seconds', '3', '--pid', String(cluster.pid));
    expect(output.split('\n').filter((line) => line.startsWith('WRONG'))).toEqual([]);
    expect(output).toMatch(/honest writes: \d+ acknowledged/);
    expect(output).toMatch(/memory: grew by \d+ MiB/);
    expect(output).toContain('disk: not watched');
    expect(exitCode).toBe(0);
  } finally {
    await cluster.stop();
  }
}, 300_000);

test.each([
  ['that answers 500', 500, /framing of bodies, no length at all: 500 is documented nowhere/],
  ['that loses what it acknowledged', 204, /is absent, and was acknowledged as \d+:\d+/],
])(
  'a server %s is found out',
  async (_, putStatus, wrong) => {
    const answer: RequestListener = (request, response) => {
      request.resume();
      response.statusCode = request.method === 'PUT' ? putStatus : 404;
      response.end();
    };
    await withServer(answer, async (url) => {
      const { output, exitCode } = await hostile(url, '--seconds', '0');
      expect(output).toMatch(wrong);
      expect(exitCode).toBe(1);
    });
  },
  300_000,
);

test('many large reads and writes at once are answered as documented, and take little memory', async () => {
  const cluster = new LocalCluster();
  try {
    await cluster.start();
    for await (const report of measureEdgeMemory({ url: cluster.url, pid: cluster.pid, clients: 150 })) {
      if (report.what === 'empty appends') continue;
      const answers = [...report.answers.keys()];
      expect(answers.filter((answer) => !/^(200|204|503 overloaded|503 no-leader)$/.test(answer))).toEqual(
        [],
      );
      expect(report.replicaBytesPeak).toBeLessThan(64 * MIB);
      expect(report.bytesPeak - report.bytesBefore).toBeLessThan(256 * MIB);
    }
  } finally {
    await cluster.stop();
  }
}, 300_000);
