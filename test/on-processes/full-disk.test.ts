/**
 * The store on a disk that is full. On Linux as root, as in most containers, that is `npm start` on a RAM disk of its
 * own, filled up to the last byte; elsewhere no such disk can be made, and the setting `DISK_BYTES_MAX` stands for it.
 */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { PATHS } from '../../src/protocol/index.ts';
import { LocalCluster } from '../../tools/harness/local-cluster.ts';
import { ROOT } from './support/commands.ts';

const VALUE_BYTES = 40_000;
const PUTS_MAX = 2_000;
const REFUSALS_IN_A_ROW = 5;
const PATIENCE = { timeout: 180_000, interval: 50 };
const TEST_MS = 600_000;

const disk = mkdtempSync(join(tmpdir(), 'flotilla-full-'));
const isMounted = mount('size=48m');
let server: ChildProcess | undefined;

afterAll(async () => {
  await end();
  if (isMounted) execFileSync('umount', ['-l', disk]);
  rmSync(disk, { recursive: true });
});

function mount(options: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', disk], { stdio: 'ignore' });
    return true;
  } catch {
    console.log('no RAM disk can be mounted here: only DISK_BYTES_MAX is tested');
    return false;
  }
}

async function start(): Promise<string> {
  const running = spawn(
    process.execPath,
    ['scripts/start.ts', '--port', '0', '--state', join(disk, 'state')],
    {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  server = running;
  let output = '';
  running.stdout.on('data', (chunk) => {
    output += chunk;
  });
  await expect.poll(() => output, PATIENCE).toContain('listens on');
  return /http:\S+\d/.exec(output)?.[0] ?? '';
}

async function end(): Promise<void> {
  if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  server.kill('SIGTERM');
  await ended;
}

/** What was acknowledged, and must be read. */
type Acknowledged = Map<string, Buffer>;

const urlOf = (url: string, key: string): string => `${url}${PATHS.kv}/${key}`;

/** Puts until some are refused one after the other. Every answer is 204 or 507, and says which. */
async function fill(url: string, name: string, acknowledged: Acknowledged): Promise<number> {
  let refusals = 0;
  let puts = 0;
  for (let count = 0; count < PUTS_MAX && refusals < REFUSALS_IN_A_ROW; count += 1) {
    const key = `${name}-${count}`;
    const value = randomBytes(VALUE_BYTES);
    const response = await fetch(urlOf(url, key), { method: 'PUT', body: value });
    const body = await response.text();
    expect([204, 507], `${key}: ${body}`).toContain(response.status);
    if (response.status === 507) {
      expect(JSON.parse(body)).toMatchObject({
        code: 'storage-full',
        retryable: false,
        outcome: 'not-executed',
      });
      refusals += 1;
    } else {
      acknowledged.set(key, value);
      refusals = 0;
      puts += 1;
    }
  }
  expect(refusals, 'the disk was never full').toBe(REFUSALS_IN_A_ROW);
  return puts;
}

async function expectAll(url: string, acknowledged: Acknowledged): Promise<void> {
  for (const [key, value] of acknowledged) {
    const response = await fetch(urlOf(url, key));
    expect(Buffer.from(await response.arrayBuffer()).equals(value), `${key}: ${response.status}`).toBe(true);
  }
}

/** Those of the store that say so, and those of whom their leader was told so; with what else the status says of them. */
async function shortReplicas(url: string): Promise<readonly unknown[]> {
  const { groups } = (await (await fetch(`${url}${PATHS.status}`)).json()) as {
    groups: { name: string; replicas: { shortage?: string; shortPeers?: number[] }[] }[];
  };
  const replicas = groups.find(({ name }) => name === 'group-1')?.replicas ?? [];
  const isAnyShort = replicas.some(({ shortage, shortPeers = [] }) => shortage || shortPeers.length > 0);
  return isAnyShort ? replicas : [];
}

/** That there is room again is noticed within seconds, by itself. */
async function untilTaken(url: string): Promise<void> {
  const put = () => fetch(urlOf(url, 'again'), { method: 'PUT', body: 'x' }).then(({ status }) => status);
  await expect.poll(put, { timeout: 20_000, interval: 200 }).toBe(204);
}

async function deleteSome(url: string, acknowledged: Acknowledged, count: number): Promise<void> {
  for (const key of [...acknowledged.keys()].slice(0, count)) {
    expect((await fetch(urlOf(url, key), { method: 'DELETE' })).status).toBe(204);
    acknowledged.delete(key);
  }
}

const testOnFullMachine = isMounted ? test : () => {};

testOnFullMachine(
  'on a machine whose disk is full puts get 507, reads and deletions go on, and room is found when there is some',
  async () => {
    let url = await start();
    const acknowledged: Acknowledged = new Map();
    expect(await fill(url, 'first', acknowledged)).toBeGreaterThan(20);
    await expectAll(url, acknowledged);

    await deleteSome(url, acknowledged, Math.floor(acknowledged.size / 2));
    await untilTaken(url);
    expect(await fill(url, 'second', acknowledged)).toBeGreaterThan(10);

    // Somebody else takes what is left: now there is not one byte.
    fillUp();
    await deleteSome(url, acknowledged, 5);
    await expectAll(url, acknowledged);

    await end();
    url = await start();
    await expectAll(url, acknowledged);
    await deleteSome(url, acknowledged, 5);
    await fill(url, 'third', acknowledged);

    execFileSync('mount', ['-o', 'remount,size=96m', disk]);
    // A put may be taken before: files have a little room of their own.
    await expect.poll(() => shortReplicas(url), { timeout: 20_000, interval: 200 }).toEqual([]);
    expect(await fill(url, 'fourth', acknowledged)).toBeGreaterThan(20);
    await expectAll(url, acknowledged);
  },
  TEST_MS,
);

function fillUp(): void {
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(join(disk, 'filler'), new Uint8Array(bavail * bsize));
}

test(
  'above 80 % of DISK_BYTES_MAX puts get 507 until something is deleted, also after a restart',
  async () => {
    const cluster = new LocalCluster({ vars: { DISK_BYTES_MAX: 4_000_000 } });
    try {
      await cluster.start();
      const acknowledged: Acknowledged = new Map();
      await fill(cluster.url, 'first', acknowledged);
      await cluster.kill();
      await cluster.start();
      await expectAll(cluster.url, acknowledged);
      await deleteSome(cluster.url, acknowledged, Math.floor(acknowledged.size / 2));
      await untilTaken(cluster.url);
      expect(await fill(cluster.url, 'second', acknowledged)).toBeGreaterThan(10);
      await expectAll(cluster.url, acknowledged);
    } finally {
      await cluster.stop();
    }
  },
  TEST_MS,
);
