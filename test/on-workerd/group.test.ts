import { abortAllDurableObjects, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import { HEADERS, PATHS } from '../../src/protocol/index.ts';
import { leaderStatus, replicaObject, replicaStatuses, send } from './store.ts';

const { kv } = PATHS;

test('a group forms by itself when it is first used', async () => {
  expect((await send('PUT', kv, 'first', 'value')).status).toBe(204);
  expect((await send('GET', kv, 'first')).text).toBe('value');
  const statuses = await replicaStatuses();
  expect(statuses.map(({ id }) => id)).toEqual([1, 2, 3]);
  expect(statuses.filter(({ role }) => role === 'leader')).toHaveLength(1);
});

test('put, get, append and delete mean over HTTP what they say', async () => {
  expect((await send('GET', kv, 'key')).status).toBe(404);
  expect((await send('PUT', kv, 'key', 'one')).status).toBe(204);
  const appended = await send('POST', kv, 'key', ', two');
  expect([appended.status, appended.text, appended.headers.get(HEADERS.previous)]).toEqual([
    200,
    'one',
    'present',
  ]);
  expect((await send('GET', kv, 'key')).text).toBe('one, two');
  expect((await send('DELETE', kv, 'key')).headers.get(HEADERS.existed)).toBe('true');
  expect((await send('GET', kv, 'key')).status).toBe(404);
});

test('puts that come together are each executed once', async () => {
  const letters = Array.from({ length: 40 }, (_, at) => String.fromCharCode(0x61 + (at % 26)));
  const answers = await Promise.all(letters.map((letter) => send('POST', kv, 'together', letter)));
  expect(answers.map(({ status }) => status)).toEqual(letters.map(() => 200));
  const { text } = await send('GET', kv, 'together');
  expect([...text].sort()).toEqual(letters.toSorted());
});

test('a value survives the crash of the leader', async () => {
  await send('PUT', kv, 'crash', 'survives');
  const before = await leaderStatus();
  const crash = runInDurableObject(replicaObject(before.id), (_, state) => state.abort('crashed by a test'));
  await expect(crash).rejects.toThrow('crashed by a test');
  expect((await send('GET', kv, 'crash')).text).toBe('survives');
  // A status is good for a second.
  await expect.poll(async () => (await leaderStatus()).term, { timeout: 5000 }).toBeGreaterThan(before.term);
});

test('a value survives the crash of all replicas at once', async () => {
  await send('PUT', kv, 'all-crash', 'survives');
  const before = await replicaStatuses();
  await abortAllDurableObjects();
  expect((await send('GET', kv, 'all-crash')).text).toBe('survives');
  // A status is good for a second.
  await expect
    .poll(async () => (await replicaStatuses()).map(({ incarnation }) => incarnation), { timeout: 5000 })
    .toEqual(before.map(({ incarnation }) => incarnation + 1));
});

test("an object whose name is no replica's refuses to live", async () => {
  const stranger = env.STORE_REPLICA.get(env.STORE_REPLICA.idFromName('group-1/none'));
  await expect(stranger.fetch('https://replica/status')).rejects.toThrow('is not the name of a replica');
});
