import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PATHS } from '../../src/protocol/index.ts';
import { REPLICA_RECORD } from '../../src/storage/replica-record.ts';
import { LocalCluster } from '../../tools/harness/local-cluster.ts';
import { SessionClient } from '../../tools/harness/session-client.ts';

const PATIENCE = { timeout: 60_000, interval: 100 };
const WRITES = 20;
const GROUP = 'group-1';

const cluster = new LocalCluster();

beforeAll(() => cluster.start());
afterAll(() => cluster.stop());

interface ReplicaStatus {
  readonly id: number;
  readonly role: string;
  readonly standing?: string;
  readonly disk?: string;
  readonly commit?: number;
  readonly membership?: { readonly disks: Readonly<Record<string, string>> };
}

async function replicas(): Promise<readonly ReplicaStatus[]> {
  const response = await fetch(`${cluster.url}${PATHS.status}`);
  const { groups } = (await response.json()) as {
    groups: readonly { name: string; replicas: readonly ReplicaStatus[] }[];
  };
  return groups.find(({ name }) => name === GROUP)?.replicas ?? [];
}

const standings = async () => (await replicas()).map(({ standing }) => standing);
const isLed = async () => (await replicas()).some(({ role }) => role === 'leader');

function files(): readonly string[] {
  const names = readdirSync(cluster.disk, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.sqlite')).map((name) => join(cluster.disk, name));
}

/** Undefined for files of others than replicas. */
function diskIn(file: string): string | undefined {
  const database = new DatabaseSync(file);
  try {
    const isReplica = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'meta'").get() !== undefined;
    const row = isReplica
      ? database.prepare("SELECT value FROM meta WHERE key = 'replica'").get()
      : undefined;
    const record = row?.['value'];
    return record instanceof Uint8Array ? REPLICA_RECORD.decode(record).disk : undefined;
  } finally {
    database.close();
  }
}

/** The file is named after the object's id, which only the object knows: what belongs to whom shows in what it says. */
async function loseDisk(replica: number): Promise<void> {
  const id = (await replicas()).find((each) => each.id === replica)?.disk;
  expect(id, 'the disk of the replica has an id').toBeDefined();
  await cluster.kill();
  const file = files().find((each) => diskIn(each) === id);
  expect(file, 'the disk of the replica has a file').toBeDefined();
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
  await cluster.start();
}

async function readmit(replica: number): Promise<Response> {
  return fetch(`${cluster.url}/v1/cluster/groups/1/readmit`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ replica }),
  });
}

test('who has lost its disk loses nothing for others, says so, and is needed again once it is taken back', async () => {
  const client = await SessionClient.open(cluster.url);
  const acknowledged = new Map<string, string>();
  const write = async (name: string) => {
    for (let count = 0; count < WRITES; count += 1) {
      await client.put(`${name}-${count}`, `value ${count}`);
      acknowledged.set(`${name}-${count}`, `value ${count}`);
    }
  };
  const expectAll = async () => {
    for (const [key, value] of acknowledged) expect(await client.get(key), key).toBe(value);
  };

  await write('before');
  await expect.poll(standings, PATIENCE).toEqual(['member', 'member', 'member']);
  expect((await readmit(3)).status).toBe(409);
  await loseDisk(3);
  await expect.poll(isLed, PATIENCE).toBe(true);
  await expect.poll(standings, PATIENCE).toEqual(['member', 'member', 'forgetful']);
  await expectAll();
  await write('meanwhile');

  await expect.poll(async () => (await readmit(3)).status, PATIENCE).toBe(200);
  await expect.poll(standings, PATIENCE).toEqual(['member', 'member', 'member']);
  await loseDisk(1);
  await expect.poll(isLed, PATIENCE).toBe(true);
  await expect.poll(standings, PATIENCE).toEqual(['forgetful', 'member', 'member']);
  await pause(100);
  await expectAll();
  await write('after');
  await expectAll();
});
