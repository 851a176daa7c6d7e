/** A deployment whose settings contradict the cluster that it finds: it says so at once, and changes nothing. */

import { cpSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LocalCluster } from '../../tools/harness/local-cluster.ts';
import type { Vars } from '../../tools/harness/worker-build.ts';

/** What took ten seconds is said in a fraction of one; a slow machine has this long. */
const AT_ONCE_MS = 4000;
const PATIENCE = { timeout: 30_000, interval: 200 };
const KEY = '/v1/kv/k';
const JSON_BODY = { 'content-type': 'application/json' };

const made = new LocalCluster();

beforeAll(async () => {
  await made.start();
  expect((await fetch(`${made.url}${KEY}`, { method: 'PUT', body: 'kept' })).status).toBe(204);
  await made.kill();
});
afterAll(() => made.stop());

/** The same disks under other settings. */
async function under(
  vars: Vars,
  use: (url: string, cluster: LocalCluster) => Promise<void>,
  disk = made.disk,
): Promise<void> {
  const cluster = new LocalCluster({ vars });
  try {
    cpSync(disk, cluster.disk, { recursive: true });
    await cluster.start();
    await use(cluster.url, cluster);
  } finally {
    await cluster.stop();
  }
}

async function expectKept(url: string): Promise<void> {
  await expect.poll(async () => (await fetch(`${url}${KEY}`)).text(), PATIENCE).toBe('kept');
}

interface Status {
  readonly problems: readonly string[];
  readonly groups: readonly {
    readonly name: string;
    readonly replicas: readonly { readonly id: number }[];
  }[];
}

const statusOf = async (url: string) => (await (await fetch(`${url}/v1/status`)).json()) as Status;

describe('another number of shards', () => {
  test.each([32, 128])('%i instead of 64 is said to everybody at once', async (set) => {
    await under({ SHARDS: set }, async (url, cluster) => {
      const text = `This cluster was made with 64 shards; SHARDS is ${set}. A cluster keeps its number of shards: set it back to 64.`;
      const requests: readonly (readonly [string, RequestInit])[] = [
        [KEY, {}],
        [`${KEY}?consistency=stale`, {}],
        [KEY, { method: 'PUT', body: 'lost' }],
        [KEY, { method: 'DELETE' }],
        ['/v1/cluster/join', { method: 'POST', headers: JSON_BODY, body: '{"groups":[2]}' }],
        ['/v1/cluster/move', { method: 'POST', headers: JSON_BODY, body: '{"shard":1,"group":1}' }],
      ];
      for (const [path, init] of requests) {
        const beganMs = performance.now();
        const response = await fetch(`${url}${path}`, init);
        const name = `${init.method ?? 'GET'} ${path}`;
        expect(performance.now() - beganMs, name).toBeLessThan(AT_ONCE_MS);
        expect([response.status, await response.json()], name).toMatchObject([
          500,
          { code: 'shard-count-mismatch', detail: text, retryable: false, outcome: 'not-executed' },
        ]);
      }
      const beganMs = performance.now();
      expect((await statusOf(url)).problems).toContain(text);
      expect(performance.now() - beganMs).toBeLessThan(AT_ONCE_MS);
      await cluster.kill();
      // What was in the log alone when the settings changed is there when they are set back.
      await under({}, expectKept, cluster.disk);
    });
  });
});

describe('another number of replicas a group', () => {
  test.each([1, 5])(
    '%i instead of 3 changes no group that exists, and the status invents no replica',
    async (set) => {
      await under({ REPLICAS_PER_GROUP: set }, async (url) => {
        await expect.poll(async () => (await fetch(`${url}${KEY}`)).status, PATIENCE).toBe(200);
        const members = async () =>
          (await statusOf(url)).groups.map(({ name, replicas }) => [
            name,
            replicas.map(({ id }) => id).toSorted(),
          ]);
        await expect.poll(members, PATIENCE).toEqual([
          ['group-1', [1, 2, 3]],
          ['controller', [1, 2, 3]],
        ]);
      });
    },
  );
});
