import { describe, expect, test } from 'vitest';
import type { ValueResult } from '../../../src/kv/index.ts';
import { LIMITS } from '../../../src/protocol/index.ts';
import { answered, appOver, bytes, expectProblem, failed } from './fake-backends.ts';

const found = answered<ValueResult>({ type: 'found', value: bytes('{"a":1}'), version: 7, revision: 42 });
const absent = answered<ValueResult>({ type: 'absent', revision: 42 });

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
      'flotilla-position': '1_3.42',
      'flotilla-consistency': 'linearizable',
    });
    expect(response.headers.has('flotilla-age-ms')).toBe(false);
  });

  test('gives back every byte as it is', async () => {
    const value = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const read = answered({ type: 'found', value, version: 1, revision: 42 } as const);
    const response = await appOver({ read }).app.request('/v1/kv/a');
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(value);
  });

  test('answers 200 with no bytes for an empty value', async () => {
    const read = answered({ type: 'found', value: new Uint8Array(0), version: 1, revision: 42 } as const);
    const response = await appOver({ read }).app.request('/v1/kv/a');
    expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([
      200,
      '0',
      '',
    ]);
  });

  test('answers 404 key-not-found for an absent key, and says how recent that is', async () => {
    const response = await appOver({ read: absent }).app.request('/v1/kv/a');
    expect(response.headers.get('flotilla-position')).toBe('1_3.42');
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

  test('from the unreplicated server has a position, too', async () => {
    for (const read of [found, absent]) {
      const response = await appOver({ read }).app.request('/v1/solo/a');
      expect(response.headers.get('flotilla-position')).toBe('1_3.42');
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
        'flotilla-position': '1_3.42',
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
    ['', 'linearizable', 0],
    ['?consistency=linearizable', 'linearizable', 0],
    ['?consistency=stale', 'stale', 0],
    ['?position=1_3.17', 'linearizable', 17],
    ['?consistency=stale&position=1_3.17', 'stale', 17],
    ['?consistency=stale&position=1_2.5_3.17_9.1', 'stale', 17],
    ['?consistency=stale&position=1_3.17,1_3.19,1_3.18', 'stale', 19],
    ['?consistency=stale&position=1_3.17&position=1_3.19', 'stale', 19],
    ['?something=else', 'linearizable', 0],
  ] as const)('%j reaches the store', async (query, consistency, minRevision) => {
    const { app, kv } = appOver({ read: found });
    const response = await app.request(`/v1/kv/a${query}`);
    expect(kv.reads).toEqual([{ key: 'a', consistency, minRevision }]);
    expect(response.headers.get('flotilla-consistency')).toBe(consistency);
  });

  test.each([
    '?consistency=eventual',
    '?consistency=',
    // A parameter of earlier versions: to ignore it would be to promise what is not kept.
    '?min_index=57',
    '?consistency=stale&min_index=57',
  ])('%s answers 400 parameter-malformed', async (query) => {
    const { app, kv } = appOver();
    await expectProblem(await app.request(`/v1/kv/a${query}`), 'parameter-malformed');
    expect(kv.reads).toEqual([]);
  });

  test.each([
    '',
    '57',
    '1',
    '1_',
    '2_3.17',
    '1_3',
    '1_3.',
    '1_3.17_',
    '1_3.17.1',
    '1_3.-1',
    '1_3.07',
    '1_3.1e0',
    '1_3.9007199254740992',
    '1_3.17,',
    '1_3.17;1_4.1',
    'é',
    '1_3.17,'.repeat(3000),
  ])('the position %j answers 400 position-malformed, as header and as parameter', async (position) => {
    const { app, kv } = appOver();
    const url = `/v1/kv/a?consistency=stale&position=${encodeURIComponent(position)}`;
    await expectProblem(await app.request(url), 'position-malformed');
    const headers = { 'flotilla-position': position };
    await expectProblem(await app.request('/v1/kv/a?consistency=stale', { headers }), 'position-malformed');
    expect(kv.reads).toEqual([]);
  });

  test('and the header count together', async () => {
    const { app, kv } = appOver({ read: found });
    const headers = { 'flotilla-position': '1_3.40_9.8' };
    const response = await app.request('/v1/kv/a?consistency=stale&position=1_3.41', { headers });
    expect(kv.reads).toMatchObject([{ minRevision: 41 }]);
    expect(response.headers.get('flotilla-position')).toBe('1_3.42_9.8');
  });

  test('of one shard says nothing to another, and is given back with it', async () => {
    const { app, kv } = appOver({ read: found });
    const response = await app.request('/v1/kv/b?consistency=stale&position=1_3.17');
    expect(kv.reads).toMatchObject([{ key: 'b', minRevision: 0 }]);
    expect(response.headers.get('flotilla-position')).toBe('1_3.17_9.42');
  });

  test('that no shard will ever come to is put right by the answer', async () => {
    const { app } = appOver({ read: found });
    const response = await app.request('/v1/kv/a?consistency=stale&position=1_3.9007199254740991');
    expect(response.headers.get('flotilla-position')).toBe('1_3.42');
  });

  test('with a full position that leaves the shard out makes the read linearizable', async () => {
    const { app, kv } = appOver({ read: found });
    const full = Array.from({ length: LIMITS.positionShardsMax }, (_, at) => `${at + 100}.1`).join('_');
    const response = await app.request(`/v1/kv/a?consistency=stale&position=1_${full}`);
    expect(kv.reads).toEqual([{ key: 'a', consistency: 'linearizable', minRevision: 0 }]);
    expect(response.headers.get('flotilla-consistency')).toBe('linearizable');
    const named = response.headers.get('flotilla-position')?.split('_').slice(1) ?? [];
    expect([named.length, named[0]]).toEqual([LIMITS.positionShardsMax, '3.42']);
  });

  test('is answered with the age of a stale read', async () => {
    const { app } = appOver({ read: answered({ type: 'absent', revision: 42 }, 120) });
    const response = await app.request('/v1/kv/a?consistency=stale');
    expect(response.headers.get('flotilla-age-ms')).toBe('120');
  });
});
