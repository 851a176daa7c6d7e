import { describe, expect, test } from 'vitest';
import type { ValueResult } from '../../../src/kv/index.ts';
import { answered, appOver, bytes, expectProblem, failed } from './fake-backends.ts';

const found = answered<ValueResult>({ type: 'found', value: bytes('{"a":1}'), version: 7 });
const absent = answered<ValueResult>({ type: 'absent' });

describe('GET', () => {
  test('answers 200 with the raw value, its version, and nothing that invites sniffing or caching', async () => {
    const response = await appOver({ read: found }).app.request('/v1/kv/a');
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('{"a":1}');
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-length': '7',
      etag: '"7"',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      'content-security-policy': "default-src 'none'; sandbox",
      'content-disposition': 'attachment',
      'flotilla-index': '42',
      'flotilla-consistency': 'linearizable',
    });
    expect(response.headers.has('flotilla-age-ms')).toBe(false);
  });

  test('gives back every byte as it is', async () => {
    const value = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const read = answered({ type: 'found', value, version: 1 } as const);
    const response = await appOver({ read }).app.request('/v1/kv/a');
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(value);
  });

  test('answers 200 with no bytes for an empty value', async () => {
    const read = answered({ type: 'found', value: new Uint8Array(0), version: 1 } as const);
    const response = await appOver({ read }).app.request('/v1/kv/a');
    expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([
      200,
      '0',
      '',
    ]);
  });

  test('answers 404 key-not-found for an absent key, and says how recent that is', async () => {
    const response = await appOver({ read: absent }).app.request('/v1/kv/a');
    expect(response.headers.get('flotilla-index')).toBe('42');
    expect(response.headers.get('flotilla-consistency')).toBe('linearizable');
    await expectProblem(response, 'key-not-found');
  });

  test.each([
    ['no-leader', 'kv'],
    ['timeout', 'solo'],
  ] as const)('answers 503 %s when nobody of %s could answer', async (code, store) => {
    const response = await appOver({ read: failed('no-answer') }).app.request(`/v1/${store}/a`);
    expect(response.status).toBe(503);
    await expectProblem(response, code, { outcome: 'not-executed', retryAfterMs: 1000 });
  });

  test('answers 503 overloaded when the queue is full', async () => {
    const response = await appOver({ read: failed('overloaded') }).app.request('/v1/kv/a');
    await expectProblem(response, 'overloaded', { outcome: 'not-executed', retryAfterMs: 1000 });
  });

  test('has no use for a session, and takes none', async () => {
    const { app, kv } = appOver({ read: found });
    const response = await app.request('/v1/kv/a', { headers: { 'flotilla-client': 'me' } });
    expect([response.status, kv.writes.length]).toEqual([200, 0]);
  });

  test('from the unreplicated server asks that one only', async () => {
    const { app, kv, solo } = appOver({ read: found });
    await app.request('/v1/solo/a');
    expect([kv.reads.length, solo.reads.length]).toEqual([0, 1]);
  });

  test('from the unreplicated server has no index: it has no log', async () => {
    for (const read of [found, absent]) {
      const response = await appOver({ read }).app.request('/v1/solo/a');
      expect(response.headers.has('flotilla-index')).toBe(false);
      expect(response.headers.get('flotilla-consistency')).toBe('linearizable');
    }
  });
});

describe('HEAD', () => {
  test('answers with the status and headers of GET, and no body', async () => {
    for (const read of [found, absent]) {
      const get = await appOver({ read }).app.request('/v1/kv/a');
      const head = await appOver({ read }).app.request('/v1/kv/a', { method: 'HEAD' });
      // Each request has an id of its own.
      for (const { headers } of [get, head]) headers.delete('x-request-id');
      expect(head.status).toBe(get.status);
      expect([...head.headers]).toEqual([...get.headers]);
      expect(head.body).toBeNull();
    }
  });
});

describe('If-None-Match', () => {
  const ask = (ifNoneMatch: string, method = 'GET', read = found) =>
    appOver({ read }).app.request('/v1/kv/a', { method, headers: { 'if-none-match': ifNoneMatch } });

  test.each(['"7"', 'W/"7"', '"6", "7"', '*'])('%s answers 304 for version 7', async (ifNoneMatch) => {
    for (const method of ['GET', 'HEAD']) {
      const response = await ask(ifNoneMatch, method);
      expect([response.status, response.body]).toEqual([304, null]);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        etag: '"7"',
        'cache-control': 'no-store',
        'flotilla-index': '42',
        'flotilla-consistency': 'linearizable',
      });
    }
  });

  test.each(['"8"', '"77"', '7', ''])('%s answers 200 for version 7', async (ifNoneMatch) => {
    expect((await ask(ifNoneMatch)).status).toBe(200);
  });

  test('answers 404 for an absent key', async () => {
    await expectProblem(await ask('*', 'GET', absent), 'key-not-found');
  });
});

describe('the query of a read', () => {
  test.each([
    ['', 'linearizable', undefined],
    ['?consistency=linearizable', 'linearizable', undefined],
    ['?consistency=stale', 'stale', undefined],
    ['?min_index=0', 'linearizable', 0],
    ['?consistency=stale&min_index=17', 'stale', 17],
    ['?something=else', 'linearizable', undefined],
  ] as const)('%j reaches the store', async (query, consistency, minIndex) => {
    const { app, kv } = appOver({ read: found });
    const response = await app.request(`/v1/kv/a${query}`);
    expect(kv.reads).toEqual([{ key: 'a', consistency, minIndex }]);
    expect(response.headers.get('flotilla-consistency')).toBe(consistency);
  });

  test.each([
    '?consistency=eventual',
    '?consistency=',
    '?min_index=',
    '?min_index=-1',
    '?min_index=1.5',
    '?min_index=0x10',
    '?min_index=07',
    '?min_index=1e0',
    '?min_index=%201',
    '?min_index=%2B1',
    '?min_index=9007199254740992',
  ])('%s answers 400 parameter-malformed', async (query) => {
    const { app, kv } = appOver();
    await expectProblem(await app.request(`/v1/kv/a${query}`), 'parameter-malformed');
    expect(kv.reads).toEqual([]);
  });

  test('is answered with the age of a stale read', async () => {
    const { app } = appOver({ read: answered({ type: 'absent' }, 120) });
    const response = await app.request('/v1/kv/a?consistency=stale');
    expect(response.headers.get('flotilla-age-ms')).toBe('120');
  });
});
