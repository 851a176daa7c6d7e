import { describe, expect, test, vi } from 'vitest';
import type { CallOutcome } from '../../../src/client/index.ts';
import type { CommandResult } from '../../../src/kv/index.ts';
import { LIMITS, type ProblemCode, type ProblemFields } from '../../../src/protocol/index.ts';
import { asReplicaId } from '../../../src/raft/index.ts';
import { answered, appOver, bytes, expectProblem, failed } from './fake-backends.ts';

type WriteOutcome = CallOutcome<CommandResult>;

const answer = (result: CommandResult): WriteOutcome => answered(result);

describe('PUT', () => {
  test('answers 204 with the new version', async () => {
    const { app, kv } = appOver({ write: answer({ type: 'written', version: 8 }) });
    const response = await app.request('/v1/kv/a', { method: 'PUT', body: 'value' });
    expect([response.status, response.body]).toEqual([204, null]);
    expect(response.headers.get('etag')).toBe('"8"');
    expect(response.headers.get('flotilla-position')).toBe('1_3.8');
    expect(kv.writes).toEqual([
      { command: { type: 'put', key: 'a', value: bytes('value') }, session: undefined },
    ]);
  });

  test('stores no bytes when there is no body', async () => {
    const { app, kv } = appOver();
    await app.request('/v1/kv/a', { method: 'PUT' });
    expect(kv.writes).toEqual([{ command: { type: 'put', key: 'a', value: bytes('') }, session: undefined }]);
  });
});

describe('POST', () => {
  const append = (found: Uint8Array | undefined) => {
    const previous = found ? ({ type: 'present', value: found } as const) : ({ type: 'absent' } as const);
    return appOver({ write: answer({ type: 'appended', version: 9, length: 11, previous }) });
  };

  test('appends, and answers 200 with the value before and the version after', async () => {
    const { app, kv } = append(bytes('before'));
    const response = await app.request('/v1/kv/a', { method: 'POST', body: '+more' });
    expect([response.status, await response.text()]).toEqual([200, 'before']);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-length': '6',
      etag: '"9"',
      'flotilla-previous': 'present',
      'flotilla-length': '11',
    });
    expect(response.headers.get('flotilla-position')).toBe('1_3.9');
    expect(kv.writes).toEqual([
      { command: { type: 'append', key: 'a', value: bytes('+more') }, session: undefined },
    ]);
  });

  test('tells an empty value before from none', async () => {
    const empty = await append(bytes('')).app.request('/v1/kv/a', { method: 'POST', body: 'x' });
    const none = await append(undefined).app.request('/v1/kv/a', { method: 'POST', body: 'x' });
    expect([await empty.text(), empty.headers.get('flotilla-previous')]).toEqual(['', 'present']);
    expect([await none.text(), none.headers.get('flotilla-previous')]).toEqual(['', 'absent']);
  });
});

describe('a resend of an append whose value before is not kept', () => {
  test('is answered with 204, version and length, and says so', async () => {
    const result = { type: 'appended', version: 9, length: 11, previous: { type: 'not-kept' } } as const;
    const { app } = appOver({ write: answer(result) });
    const response = await app.request('/v1/kv/a', { method: 'POST', body: 'x' });
    expect([response.status, response.body]).toEqual([204, null]);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      etag: '"9"',
      'flotilla-previous': 'not-kept',
      'flotilla-length': '11',
      'flotilla-position': '1_3.9',
    });
  });
});

describe('DELETE', () => {
  test.each([true, false])('answers 204 and whether there was a value: %s', async (existed) => {
    const { app, kv } = appOver({ write: answer({ type: 'deleted', version: 10, existed }) });
    const response = await app.request('/v1/kv/a', { method: 'DELETE' });
    expect([response.status, response.body]).toEqual([204, null]);
    expect(response.headers.get('flotilla-existed')).toBe(String(existed));
    expect(response.headers.get('flotilla-position')).toBe('1_3.10');
    expect(response.headers.has('etag')).toBe(false);
    expect(kv.writes).toEqual([{ command: { type: 'delete', key: 'a' }, session: undefined }]);
  });
});

const WRITES = ['PUT', 'POST', 'DELETE'] as const;

describe.each(WRITES)('%s', (method) => {
  const failures: [number, ProblemCode, ProblemFields, WriteOutcome][] = [
    [400, 'key-malformed', {}, answer({ type: 'key-malformed' })],
    [400, 'key-too-long', { bytesMax: 512 }, answer({ type: 'key-too-long', bytesMax: 512 })],
    [400, 'session-malformed', {}, answer({ type: 'session-malformed' })],
    [413, 'value-too-large', { bytesMax: 64 }, answer({ type: 'value-too-large', bytesMax: 64 })],
    [422, 'sequence-reused', {}, answer({ type: 'sequence-reused' })],
    [422, 'sequence-stale', { lastSequence: 9 }, answer({ type: 'sequence-stale', last: 9 })],
    [422, 'session-expired', { timeMs: 123 }, answer({ type: 'session-expired', timeMs: 123 })],
    [503, 'no-leader', { outcome: 'not-executed', retryAfterMs: 1000 }, failed('no-answer')],
    [503, 'no-leader', { outcome: 'unknown', retryAfterMs: 1000 }, failed('no-answer', true)],
    [503, 'overloaded', { outcome: 'not-executed', retryAfterMs: 1000 }, failed('overloaded')],
    [
      503,
      'command-unreadable',
      { outcome: 'not-executed', retryAfterMs: 1000 },
      answer({ type: 'unreadable' }),
    ],
    [
      503,
      'command-unreadable',
      { outcome: 'not-executed', retryAfterMs: 1000 },
      { type: 'failed', reason: 'unreadable', replica: asReplicaId(3), mayBeExecuted: false },
    ],
    [
      413,
      'body-too-large',
      { outcome: 'not-executed', bytesMax: 9 },
      { type: 'failed', reason: 'too-large', bytesMax: 9, mayBeExecuted: false },
    ],
  ];

  test.each(failures)('answers %i %s when the store says so', async (status, code, fields, write) => {
    const response = await appOver({ write }).app.request('/v1/kv/a', { method });
    expect(response.status).toBe(status);
    await expectProblem(response, code, fields);
  });

  test.each([
    ['not-executed', false],
    ['unknown', true],
  ] as const)(
    'answers 503 timeout, outcome %s, when the unreplicated server is silent',
    async (outcome, may) => {
      const { app } = appOver({ write: failed('no-answer', may) });
      const response = await app.request('/v1/solo/a', { method });
      await expectProblem(response, 'timeout', { outcome, retryAfterMs: 1000 });
    },
  );

  test('to the unreplicated server has a position, too', async () => {
    const { app, kv } = appOver();
    const response = await app.request('/v1/solo/a', { method });
    expect([response.ok, response.headers.get('flotilla-position')]).toEqual([true, '1_3.1']);
    expect(kv.writes).toEqual([]);
  });

  test('answers with what its sender had seen, and what it wrote', async () => {
    const at = async (position: string) => {
      const headers = { 'flotilla-position': position };
      const response = await appOver({ write: answer({ type: 'written', version: 8 }) }).app.request(
        '/v1/kv/a',
        { method, headers },
      );
      return response.headers.get('flotilla-position');
    };
    expect(await at('1_9.4')).toBe('1_3.8_9.4');
    expect(await at('1_3.2, 1_9.4_3.7')).toBe('1_3.8_9.4');
    // This one is the answer to a resend.
    expect(await at('1_3.12')).toBe('1_3.12');
  });

  test('with a malformed position is not executed', async () => {
    const { app, kv } = appOver();
    const headers = { 'flotilla-position': '57' };
    await expectProblem(await app.request('/v1/kv/a', { method, headers }), 'position-malformed');
    expect(kv.writes).toEqual([]);
  });

  test.each(['kv', 'solo'])('a client id that was not issued here is refused by /v1/%s', async (store) => {
    const { app, kv, solo } = appOver();
    const headers = { 'flotilla-client': 'made-up', 'flotilla-sequence': '1' };
    const response = await app.request(`/v1/${store}/a`, { method: 'PUT', headers });
    await expectProblem(response, 'client-not-issued', { outcome: 'not-executed' });
    expect([...kv.writes, ...solo.writes]).toEqual([]);
  });

  test('carries a session to the store', async () => {
    const { app, solo } = appOver();
    const headers = { 'flotilla-client': 'mbx2k3f4-me', 'flotilla-sequence': '9007199254740991' };
    await app.request('/v1/solo/a', { method, headers });
    expect(solo.writes.map(({ session }) => session)).toEqual([
      { client: 'mbx2k3f4-me', sequence: Number.MAX_SAFE_INTEGER },
    ]);
  });

  const sequences = ['0', '-1', '01', '1.5', '1e3', 'one', '', '1, 2', '9007199254740992'];
  test.each<Record<string, string>>([
    { 'flotilla-client': 'me' },
    { 'flotilla-sequence': '1' },
    ...sequences.map((sequence) => ({ 'flotilla-client': 'me', 'flotilla-sequence': sequence })),
  ])('answers 400 session-malformed for %j, and writes nothing', async (headers) => {
    const { app, kv } = appOver();
    await expectProblem(await app.request('/v1/kv/a', { method, headers }), 'session-malformed');
    expect(kv.writes).toEqual([]);
  });

  test.each([{ 'if-match': '"7"' }, { 'if-match': '*' }, { 'if-none-match': '*' }, { 'if-none-match': '' }])(
    'answers 400 condition-unsupported for %j, and writes nothing',
    async (headers) => {
      const { app, kv } = appOver();
      await expectProblem(await app.request('/v1/kv/a', { method, headers }), 'condition-unsupported');
      expect(kv.writes).toEqual([]);
    },
  );
});

test('a condition that a read could not honour is refused too', async () => {
  const response = await appOver().app.request('/v1/kv/a', { headers: { 'if-match': '"7"' } });
  await expectProblem(response, 'condition-unsupported');
});

test('a part of a value is not taken for the whole', async () => {
  const { app, kv } = appOver();
  const headers = { 'content-range': 'bytes 0-4/10' };
  await expectProblem(
    await app.request('/v1/kv/a', { method: 'PUT', headers, body: 'hello' }),
    'partial-put-unsupported',
  );
  expect(kv.writes).toEqual([]);
});

describe.each(['PUT', 'POST'])('the body of %s', (method) => {
  test('may be as long as a value', async () => {
    const { app, kv } = appOver();
    const response = await app.request('/v1/kv/a', {
      method,
      body: new Uint8Array(LIMITS.valueBytesMax).fill(7),
    });
    expect(response.ok).toBe(true);
    const [command] = kv.writes.map((write) => write.command);
    expect(command).toMatchObject({ key: 'a', value: new Uint8Array(LIMITS.valueBytesMax).fill(7) });
  });

  test('that breaks off is no failure of the server: one line in the log, and nothing is written', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    const error = vi.spyOn(console, 'error').mockReturnValue();
    const body = new ReadableStream({
      start: (controller) => controller.error(new Error('Network connection lost.')),
    });
    const { app, kv } = appOver();
    const response = await app.request('/v1/kv/a', { method, body, duplex: 'half' });
    await expectProblem(response, 'body-incomplete');
    const id = response.headers.get('x-request-id');
    expect(warn.mock.calls).toEqual([[`request ${id}: the body broke off`]]);
    expect([error.mock.calls, kv.writes]).toEqual([[], []]);
    vi.restoreAllMocks();
  });

  test('that does not come in time answers 408 body-timeout', async () => {
    vi.useFakeTimers();
    const { app, kv } = appOver();
    const asked = app.request('/v1/kv/a', { method, body: new ReadableStream(), duplex: 'half' });
    await vi.advanceTimersByTimeAsync(LIMITS.bodyDeadlineMs);
    vi.useRealTimers();
    const response = await asked;
    expect(response.status).toBe(408);
    await expectProblem(response, 'body-timeout', { outcome: 'not-executed' });
    expect(kv.writes).toEqual([]);
  });

  test('one byte longer answers 413 value-too-large', async () => {
    const { app, kv } = appOver();
    const body = new Uint8Array(LIMITS.valueBytesMax + 1);
    const response = await app.request('/v1/kv/a', { method, body });
    await expectProblem(response, 'value-too-large', { bytesMax: LIMITS.valueBytesMax });
    expect(kv.writes).toEqual([]);
  });
});

test.each(['PUT', 'POST'])(
  'a body for which there is no room is not executed, and may be sent again: %s',
  async (method) => {
    const { app, kv } = appOver({ limits: { bodyBytesMax: 1, replyBytesMax: 1 } });
    const body = 'x'.repeat(100_000);
    const headers = { 'content-length': String(body.length) };
    const response = await app.request('/v1/kv/a', { method, body, headers });
    expect(response.status).toBe(503);
    await expectProblem(response, 'overloaded', { outcome: 'not-executed', retryAfterMs: 1000 });
    expect(kv.writes).toEqual([]);
    expect(
      (await app.request('/v1/kv/a', { method, body: 'small', headers: { 'content-length': '5' } })).ok,
    ).toBe(true);
  },
);
