import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LocalCluster } from '../../tools/harness/local-cluster.ts';
import { SessionClient } from '../../tools/harness/session-client.ts';

const CLIENTS = 8;
const KILLS = 3;
const WRITES_BETWEEN_KILLS = 150;

const cluster = new LocalCluster();

beforeAll(() => cluster.start());
afterAll(() => cluster.stop());

test('SIGKILL under load and a start on the same disk lose nothing that was acknowledged', async () => {
  const acknowledged = new Map<string, string>();
  let stopped = false;
  async function write(client: SessionClient, number: number): Promise<void> {
    for (let count = 0; !stopped; count += 1) {
      const key = `client-${number}-${count}`;
      const value = `value-${count}`;
      await client.put(key, value);
      acknowledged.set(key, value);
    }
  }
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => SessionClient.open(cluster.url)));
  const writers = Promise.all(clients.map(write));
  for (let kill = 1; kill <= KILLS; kill += 1) {
    while (acknowledged.size < kill * WRITES_BETWEEN_KILLS) await pause(5);
    await cluster.kill();
    await cluster.start();
  }
  stopped = true;
  await writers;

  const [reader] = clients;
  for (const [key, value] of acknowledged) expect(await reader?.get(key), key).toBe(value);
  expect(acknowledged.size).toBeGreaterThan(KILLS * WRITES_BETWEEN_KILLS);
});
