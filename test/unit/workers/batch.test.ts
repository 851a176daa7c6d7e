import { describe, expect, test, vi } from 'vitest';
import { HEADERS, LIMITS, type ProblemCode, problem } from '../../../src/protocol/index.ts';
import { answered, appOver, expectProblem, failed } from './fake-backends.ts';
import { mapStore, postJson } from './map-store.ts';

const operations = (...list: readonly unknown[]) => ({ operations: list });
const put = (key: string, value = 'v') => ({ op: 'put', key, value });

describe('a batch of JSON', () => {
  test('answers each operation in the order of the request, as its own route would', async () => {
    const { app } = mapStore({ turns: () => Math.floor(Math.random() * 5) });
    const response = await postJson(
      app,
      operations(
        put('a', 'text'),
        { op: 'append', key: 'a', base64: 'AAH/' },
        { op: 'get', key: 'a' },
        { op: 'delete', key: 'a' },
        { op: 'delete', key: 'a' },
        { op: 'get', key: 'a' },
        put('a', ''),
        { op: 'get', key: 'a' },
      ),
    );
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const position = (revision: number) => `1_1.${revision}`;
    expect(await response.json()).toEqual({
      results: [
        { status: 204, etag: '"1"', position: position(1) },
        { status: 200, etag: '"2"', position: position(2), previous: 'present', length: 7, value: 'text' },
        {
          status: 200,
          etag: '"2"',
          position: position(2),
          consistency: 'linearizable',
          base64: 'dGV4dAAB/w==',
        },
        { status: 204, position: position(3), existed: true },
        { status: 204, position: position(4), existed: false },
        {
          status: 404,
          position: position(4),
          consistency: 'linearizable',
          problem: problem('key-not-found', 'There is no value under this key.'),
        },
        { status: 204, etag: '"5"', position: position(5) },
        { status: 200, etag: '"5"', position: position(5), consistency: 'linearizable', value: '' },
      ],
    });
  });

  test('hands over all its writes before it waits for any', async () => {
    const { app, seen, release } = mapStore({ isHeld: true });
    const list = Array.from({ length: 100 }, (_, at) => put(`key-${at}`));
    const answer = postJson(app, operations(...list));
    await vi.waitFor(() => expect(seen.begun).toBe(100));
    release();
    expect((await answer).status).toBe(200);
  });

  test('that is empty has no results', async () => {
    expect(await (await postJson(mapStore().app, operations())).text()).toBe('{"results":[]}');
  });

  test('may be as long as its limit says', async () => {
    const { app, values } = mapStore();
    const list = Array.from({ length: LIMITS.batchOperationsMax }, (_, at) => put(`${at}`));
    expect((await postJson(app, operations(...list))).status).toBe(200);
    expect(values.size).toBe(LIMITS.batchOperationsMax);
  });

  test.each([
    ['no leader', failed('no-answer', true), 503, 'no-leader'],
    ['overload', failed('overloaded'), 503, 'overloaded'],
    ['a full disk', { type: 'failed', reason: 'storage-full', mayBeExecuted: false }, 507, 'storage-full'],
    [
      'a value that grew too long',
      answered({ type: 'value-too-large', bytesMax: 9 } as const),
      413,
      'value-too-large',
    ],
  ] as const)('tells of %s what the single operation tells', async (_, write, status, code) => {
    const { app } = appOver({ write });
    const single = await (await app.request('/v1/kv/a', { method: 'PUT', body: 'v' })).json();
    const { results } = (await (await postJson(app, operations(put('a')))).json()) as { results: unknown[] };
    expect(results).toEqual([{ status, problem: single }]);
    expect(single).toMatchObject({ code });
  });

  test('takes the consistency of its reads, and what their sender has seen', async () => {
    const { app, kv } = appOver({ read: answered({ type: 'absent', revision: 9 }, 40) });
    const response = await app.request('/v1/batch?consistency=stale', {
      method: 'POST',
      headers: { 'content-type': 'application/json', [HEADERS.position]: '1_3.7' },
      body: JSON.stringify(operations({ op: 'get', key: 'a' })),
    });
    expect(kv.reads).toEqual([{ key: 'a', consistency: 'stale', minRevision: 7 }]);
    const { results } = (await response.json()) as { results: unknown[] };
    expect(results).toMatchObject([{ status: 404, position: '1_3.9', consistency: 'stale', ageMs: 40 }]);
  });

  test('names no session, so that the router gives each write one of its own', async () => {
    const { app, kv } = appOver();
    await postJson(app, operations(put('a'), put('b')));
    expect(kv.writes.map(({ session }) => session)).toEqual([undefined, undefined]);
  });

  test('does not keep more values than have room: the others are read again', async () => {
    const { app, values, seen, budgets } = mapStore();
    const value = new Uint8Array(LIMITS.valueBytesMax).fill(0x61);
    const keys = Array.from({ length: 40 }, (_, at) => `${at}`);
    for (const key of keys) values.set(key, value);
    const response = await postJson(app, operations(...keys.map((key) => ({ op: 'get', key }))));
    expect(budgets.replies.heldBytes).toBeLessThanOrEqual(LIMITS.batchResultBytesMax + 2 * value.length);
    const { results } = (await response.json()) as { results: { value: string }[] };
    expect(results.map((result) => result.value.length)).toEqual(keys.map(() => value.length));
    expect(seen.reads).toBeGreaterThanOrEqual(40);
    expect([budgets.bodies.heldBytes, budgets.replies.heldBytes]).toEqual([0, 0]);
  });

  test('keeps no value before an append that has no room', async () => {
    const { app, values } = mapStore();
    const large = new Uint8Array(LIMITS.valueBytesMax - 1).fill(0x61);
    const keys = Array.from({ length: 10 }, (_, at) => `${at}`);
    for (const key of keys) values.set(key, large);
    const response = await postJson(
      app,
      operations(...keys.map((key) => ({ op: 'append', key, value: 'b' }))),
    );
    const { results } = (await response.json()) as { results: { previous: string; status: number }[] };
    const previous = results.map((result) => `${result.status} ${result.previous}`);
    expect(previous[0]).toBe('200 present');
    expect(previous.at(-1)).toBe('204 not-kept');
  });

  test('is answered also where one operation fails as nobody expected', async () => {
    const { app, kv } = mapStore();
    const log = vi.spyOn(console, 'error').mockImplementation(() => {});
    vi.spyOn(kv, 'write').mockRejectedValueOnce(new Error('on fire'));
    const response = await postJson(app, operations(put('a'), put('a')));
    expect(await response.json()).toMatchObject({
      results: [{ status: 500, problem: { code: 'internal', outcome: 'unknown' } }, { status: 204 }],
    });
    expect(log).toHaveBeenCalled();
    log.mockRestore();
  });
});

describe('a malformed batch', () => {
  const long = 'k'.repeat(513);
  const mistakes: readonly (readonly [unknown, ProblemCode, RegExp])[] = [
    [null, 'body-malformed', /an operation is an object/],
    [[], 'body-malformed', /an operation is an object/],
    [{ key: 'a' }, 'body-malformed', /"op" is one of/],
    [{ op: 'patch', key: 'a' }, 'body-malformed', /not "patch"/],
    [{ op: 'constructor', key: 'a' }, 'body-malformed', /not "constructor"/],
    [{ op: 'get' }, 'body-malformed', /"key" is a text/],
    [{ op: 'get', key: 1 }, 'body-malformed', /"key" is a text/],
    [{ op: 'get', key: 'a', value: 'b' }, 'body-malformed', /a get has no field "value"/],
    [{ op: 'delete', key: 'a', base64: '' }, 'body-malformed', /a delete has no field "base64"/],
    [{ op: 'put', key: 'a', value: 'b', ttl: 1 }, 'body-malformed', /a put has no field "ttl"/],
    [{ op: 'put', key: 'a' }, 'body-malformed', /"value" or "base64", and not both/],
    [{ op: 'put', key: 'a', value: '', base64: '' }, 'body-malformed', /and not both/],
    [{ op: 'put', key: 'a', value: 1 }, 'body-malformed', /"value" is a text/],
    [{ op: 'put', key: 'a', value: null }, 'body-malformed', /"value" is a text/],
    [{ op: 'append', key: 'a', base64: 'AA' }, 'body-malformed', /"base64" is no base64/],
    [{ op: 'append', key: 'a', base64: 'AB==' }, 'body-malformed', /"base64" is no base64/],
    [{ op: 'put', key: 'a', value: '\ud800' }, 'body-malformed', /half of a surrogate pair/],
    [{ op: 'get', key: '' }, 'key-empty', /a key is not empty/],
    [{ op: 'get', key: '..' }, 'key-malformed', /neither/],
    [{ op: 'get', key: '\udfff' }, 'key-malformed', /half of a surrogate pair/],
    [{ op: 'get', key: long }, 'key-too-long', /at most 512 bytes/],
  ];
  test.each(mistakes)(
    'with %j is refused by the number of the operation, and nothing is executed',
    async (wrong, code, what) => {
      const { app, seen } = mapStore();
      const response = await postJson(app, operations(put('a'), put('b'), wrong, put('c')));
      expect(response.status).toBe(400);
      const { detail, code: told } = (await response.json()) as { detail: string; code: string };
      expect([told, detail]).toEqual([code, expect.stringMatching(what)]);
      expect(detail).toMatch(/^Operation 3 \(operations\[2\]\): .* Nothing was executed\.$/);
      expect(seen.begun).toBe(0);
    },
  );

  test.each([
    ['', /not JSON/],
    ['{"operations":[', /not JSON/],
    ['{"operations":[]}{}', /not JSON/],
    ['\uFEFF{"operations":[]}', /not JSON/],
    [Uint8Array.of(0x22, 0xff, 0x22), /not JSON in UTF-8/],
    ['null', /field "operations" is a list/],
    ['[]', /field "operations" is a list/],
    ['{"operations":{}}', /field "operations" is a list/],
    ['{"__proto__":{"operations":[]}}', /field "operations" is a list/],
    ['{"operations":[],"atomic":true}', /no field "atomic"/],
    [`${'['.repeat(100_000)}${']'.repeat(100_000)}`, /field "operations" is a list|not JSON/],
    [
      JSON.stringify(operations(...Array(1001).fill(put('a')))),
      /at most 1000 operations, and this one has 1001/,
    ],
  ])('of another form (case %#) is refused', async (body, what) => {
    const { app, seen } = mapStore();
    const response = await postJson(app, body);
    const { detail, code } = (await response.json()) as { detail: string; code: string };
    expect([response.status, code, detail]).toEqual([400, 'body-malformed', expect.stringMatching(what)]);
    expect(seen.begun).toBe(0);
  });

  test('that is too long is refused with the limit', async () => {
    const response = await postJson(mapStore().app, ' '.repeat(LIMITS.batchBodyBytesMax + 1));
    expect(response.status).toBe(413);
    await expectProblem(response, 'body-too-large', { bytesMax: LIMITS.batchBodyBytesMax });
  });
});

describe('a request for a batch is refused, and nothing executed, if', () => {
  const json = 'application/json';
  test.each([
    ['it names a session', { [HEADERS.client]: 'c', [HEADERS.sequence]: '1' }, 'session-unsupported'],
    ['it names half of a session', { [HEADERS.sequence]: '1' }, 'session-unsupported'],
    ['it has a condition', { 'if-match': '"1"' }, 'condition-unsupported'],
    ['it has another condition', { 'if-none-match': '*' }, 'condition-unsupported'],
    ['it brings a part', { 'content-range': 'bytes 0-1/2' }, 'partial-put-unsupported'],
    ['its position is none', { [HEADERS.position]: 'x' }, 'position-malformed'],
    ['it says no type', { 'content-type': '' }, 'content-type-unsupported'],
    ['it is a form', { 'content-type': 'text/plain' }, 'content-type-unsupported'],
    ['its Host is nonsense', { host: 'a/b?' }, 'host-malformed'],
  ] as const)('%s', async (_, headers, code) => {
    const { app, seen } = mapStore();
    for (const type of [json, 'application/x-ndjson']) {
      const line = JSON.stringify(put('a'));
      const body = type === json ? JSON.stringify(operations(put('a'))) : `${line}\n`;
      const response = await postJson(app, body, { 'content-type': type, ...headers });
      await expectProblem(response, code);
    }
    expect(seen.begun).toBe(0);
  });

  test('its consistency is unknown', async () => {
    const response = await mapStore().app.request('/v1/batch?consistency=any', { method: 'POST' });
    await expectProblem(response, 'parameter-malformed');
  });

  test('a page of another site sent it', async () => {
    const headers = { 'content-type': json, origin: 'http://evil.example' };
    const request = { method: 'POST', headers, body: JSON.stringify(operations(put('a'))) };
    const response = await mapStore().app.request('http://localhost/v1/batch', request, {
      LOCAL_HOSTS: 'localhost',
    });
    await expectProblem(response, 'cross-site');
  });
});
