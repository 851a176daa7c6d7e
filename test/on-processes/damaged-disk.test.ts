/** One of three disks is damaged while the process is down: nothing of it is answered, and status and log say why. */

import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PATHS } from '../../src/protocol/index.ts';
import { LocalCluster } from '../../tools/harness/local-cluster.ts';

const KEYS = Array.from({ length: 40 }, (_, at) => `key-${at}`);
const textOf = (key: string): string => `the value of ${key} `.repeat(30);
const PATIENCE = { timeout: 30_000, interval: 200 };
const TEST_MS = 200_000;

let folder: string;
let cluster: LocalCluster;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flotilla-damaged-'));
  cluster = new LocalCluster({ under: folder });
  await cluster.start();
  for (const key of KEYS)
    expect((await fetch(url(key), { method: 'PUT', body: textOf(key) })).status).toBe(204);
  await Promise.all(KEYS.map(expectRight));
  await cluster.kill();
});

afterEach(async () => {
  await cluster.stop();
  rmSync(folder, { recursive: true, force: true });
});

const url = (key: string): string => `${cluster.url}${PATHS.kv}/${key}`;

async function expectRight(key: string): Promise<void> {
  const response = await fetch(url(key));
  expect(await response.text(), `${key}: ${response.status}`).toBe(textOf(key));
}

/** Of the store's replicas. */
function databases(): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /StoreReplica\/[0-9a-f]{64}\.sqlite$/.test(path))
    .map((path) => join(folder, path));
}

async function serveWithReason(reason: RegExp): Promise<void> {
  await cluster.start();
  for (let round = 0; round < 3; round += 1) await Promise.all(KEYS.map(expectRight));
  expect((await fetch(url('another'), { method: 'PUT', body: 'x' })).status).toBe(204);
  await expect
    .poll(() => fetch(`${cluster.url}${PATHS.status}`).then((answer) => answer.text()), PATIENCE)
    .toMatch(reason);
}

test(
  'a value whose bytes have changed is not answered: its replica refuses, and says which row it is',
  async () => {
    const [file = ''] = databases();
    damage(file, Buffer.from(textOf('key-7')));
    await serveWithReason(/"role":"refused","reason":"(a row .* of table state_\d|entry \d+ of the log)/);
  },
  TEST_MS,
);

test(
  'a replica that refuses its damaged disk is taken back by one command, and has all values again',
  async () => {
    const [file = ''] = databases();
    damage(file, Buffer.from(textOf('key-7')));
    await serveWithReason(/"role":"refused"/);
    const damaged = (await replicas()).find(({ role }) => role === 'refused')?.id ?? 0;
    for (const other of [1, 2, 3].filter((id) => id !== damaged)) {
      expect(await readmit(other), `replica ${other} is sound`).toMatchObject([409, 'replica-not-forgetful']);
    }
    const seen = new Set<unknown>();
    await expect
      .poll(async () => {
        const [status, what] = await readmit(damaged);
        seen.add(what);
        return status;
      }, PATIENCE)
      .toBe(200);
    expect(
      [...seen].filter((what) => !['replica-behind', 'no-leader', 'member'].includes(String(what))),
    ).toEqual([]);
    await expect
      .poll(async () => (await replicas()).map(({ standing }) => standing), PATIENCE)
      .toEqual(['member', 'member', 'member']);
    // By whichever replica: the one that was damaged has each value, or waits for it.
    for (let round = 0; round < 4; round += 1) {
      for (const key of KEYS) {
        const answer = await fetch(`${url(key)}?consistency=stale`);
        expect(await answer.text(), `${key}: ${answer.status}`).toBe(textOf(key));
      }
    }
    // On its disk, too: it is read whole when it starts again.
    await cluster.kill();
    await cluster.start();
    await Promise.all(KEYS.map(expectRight));
    expect((await replicas()).map(({ role }) => role)).not.toContain('refused');
  },
  TEST_MS,
);

test(
  'a database that was cut short, and one that is full of zeros, are said to be so',
  async () => {
    const [first = ''] = databases();
    rmSync(`${first}-wal`, { force: true });
    writeFileSync(first, new Uint8Array(100_000));
    await serveWithReason(/"role":"unreachable","reason":"[^"]*(SQLITE_NOTADB|damaged)/);
    await cluster.kill();
    rmSync(`${first}-wal`, { force: true });
    truncateSync(first, 5000);
    await serveWithReason(/"role":"(unreachable|refused)","reason":"[^"]*(SQLITE|damaged)/);
  },
  TEST_MS,
);

interface ReplicaStatus {
  readonly id: number;
  readonly role: string;
  readonly standing?: string;
}

async function replicas(): Promise<readonly ReplicaStatus[]> {
  const { groups } = (await (await fetch(`${cluster.url}${PATHS.status}`)).json()) as {
    groups: readonly { name: string; replicas: readonly ReplicaStatus[] }[];
  };
  return groups.find(({ name }) => name === 'group-1')?.replicas ?? [];
}

/** The status, and the code of the problem or the standing. */
async function readmit(replica: number): Promise<readonly [number, unknown]> {
  const answer = await fetch(`${cluster.url}/v1/cluster/groups/1/readmit`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ replica }),
  });
  const { code, standing } = (await answer.json()) as { code?: string; standing?: string };
  return [answer.status, code ?? standing];
}

/** SQLite in this process takes the journal in; then the bytes are changed in the file itself. */
function damage(file: string, needle: Buffer): void {
  const database = new DatabaseSync(file);
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
  const bytes = readFileSync(file);
  let changes = 0;
  for (let at = bytes.indexOf(needle); at >= 0; at = bytes.indexOf(needle, at + 1)) {
    bytes[at + 20] = 0x21;
    changes += 1;
  }
  expect(changes).toBeGreaterThan(0);
  writeFileSync(file, bytes);
}
