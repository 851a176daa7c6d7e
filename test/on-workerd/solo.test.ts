import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { expect, test } from 'vitest';
import { HEADERS, PATHS } from '../../src/protocol/index.ts';
import { send, soloObject } from './store.ts';

const { solo } = PATHS;

test('the unreplicated server speaks the same protocol', async () => {
  expect((await send('GET', solo, 'key')).status).toBe(404);
  expect((await send('PUT', solo, 'key', 'one')).status).toBe(204);
  expect((await send('POST', solo, 'key', ', two')).text).toBe('one');
  expect((await send('GET', solo, 'key')).text).toBe('one, two');
  expect((await send('DELETE', solo, 'key')).headers.get(HEADERS.existed)).toBe('true');
  expect((await send('GET', solo, 'key')).status).toBe(404);
});

test('the two stores share no key', async () => {
  await send('PUT', solo, 'apart', 'here');
  expect((await send('GET', PATHS.kv, 'apart')).status).toBe(404);
});

test('what the unreplicated server acknowledged survives its eviction and its crash', async () => {
  await send('PUT', solo, 'kept', 'value');
  await evictDurableObject(soloObject());
  expect((await send('GET', solo, 'kept')).text).toBe('value');
  const crash = runInDurableObject(soloObject(), (_, state) => state.abort('crashed by a test'));
  await expect(crash).rejects.toThrow('crashed by a test');
  expect((await send('GET', solo, 'kept')).text).toBe('value');
});
