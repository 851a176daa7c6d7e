import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LIMITS, problem } from '../../../src/protocol/index.ts';
import { bytes } from './fake-backends.ts';
import { chunked, mapStore, postJson, postLines, readLines } from './map-store.ts';

const line = (operation: unknown) => `${JSON.stringify(operation)}\n`;
const put = (key: string, value = 'v') => line({ op: 'put', key, value });

/** As they come from a connection. */
function pieces(text: string): readonly Uint8Array[] {
  const whole = bytes(text);
  const length = 65_536;
  return Array.from({ length: Math.ceil(whole.length / length) }, (_, at) =>
    whole.subarray(at * length, (at + 1) * length),
  );
}

/** How many are under way, or not taken, when nothing moves any more. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe('a stream of operations', () => {
  test('has one result a line, in the order of the lines', async () => {
    const { app } = mapStore({ turns: () => Math.floor(Math.random() * 5) });
    const response = await postLines(app, put('a', 'x') + line({ op: 'get', key: 'a' }) + put('b'));
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/x-ndjson']);
    expect(await readLines(response)).toMatchObject([
      { status: 204 },
      { status: 200, value: 'x' },
      { status: 204 },
    ]);
  });

  test('may be empty, and its last line may have no end', async () => {
    expect(await (await postLines(mapStore().app, '')).text()).toBe('');
    const { app, values } = mapStore();
    expect(await readLines(await postLines(app, put('a').trimEnd()))).toMatchObject([{ status: 204 }]);
    expect(values.size).toBe(1);
  });

  test('goes on after a malformed line, which it names', async () => {
    const { app, values } = mapStore();
    const lines = [
      put('a'),
      '\n',
      'nonsense\n',
      line({ op: 'put', key: 'b' }),
      line({ op: 'get', key: 'k'.repeat(513) }),
      put('c'),
    ];
    const before = bytes(lines.join(''));
    const broken = Uint8Array.of(0x22, 0xff, 0x22, 0x0a);
    const body = new Uint8Array([...before, ...broken, ...bytes(put('d'))]);
    const problemOf = (number: number, what: string) => ({
      status: 400,
      problem: problem('body-malformed', `Line ${number}: ${what}.`),
    });
    const results = await readLines(await postLines(app, body));
    expect(results).toMatchObject([
      { status: 204 },
      problemOf(2, 'it is not JSON'),
      problemOf(3, 'it is not JSON'),
      problemOf(4, 'a put has "value" or "base64", and not both'),
      { status: 400, problem: { code: 'key-too-long', detail: expect.stringMatching(/^Line 5: /) } },
      { status: 204 },
      problemOf(7, 'it is no UTF-8'),
      { status: 204 },
    ]);
    expect([...values.keys()]).toEqual(['a', 'c', 'd']);
  });

  test.each([
    ['text of which each byte is escaped', `"value":"${'\\u0001'.repeat(LIMITS.valueBytesMax)}"`],
    ['base64', `"base64":"${'AAAA'.repeat(349_525)}AA=="`],
  ])('has room for the longest value in %s', async (_, field) => {
    const { app, values } = mapStore();
    const body = `{"op":"put","key":"${'\\u00e4'.repeat(256)}",${field}}\n${put('b')}`;
    for (const sent of [body, chunked(pieces(body)).stream]) {
      const results = await readLines(await postLines(app, sent));
      expect(results).toMatchObject([{ status: 204 }, { status: 204 }]);
    }
    expect(values.get('ä'.repeat(256))?.length).toBe(LIMITS.valueBytesMax);
  });

  test('refuses a longer value by itself', async () => {
    const body = line({ op: 'put', key: 'a', value: 'v'.repeat(LIMITS.valueBytesMax + 1) });
    expect(await readLines(await postLines(mapStore().app, body + put('b')))).toMatchObject([
      { status: 413, problem: { code: 'value-too-large', bytesMax: LIMITS.valueBytesMax } },
      { status: 204 },
    ]);
  });

  test.each([
    ['ends', '\n'],
    ['never ends', ''],
  ])('is ended by a line that is too long and %s, and says so', async (_, end) => {
    const { app, values, budgets } = mapStore();
    const body = `${put('a')}${' '.repeat(LIMITS.batchLineBytesMax + 1)}${end}${put('b')}`;
    for (const sent of [chunked([bytes(body)]).stream, chunked(pieces(body)).stream]) {
      const results = await readLines(await postLines(app, sent));
      expect(results).toMatchObject([
        { status: 204 },
        { status: 413, problem: { code: 'line-too-long', bytesMax: LIMITS.batchLineBytesMax } },
      ]);
    }
    expect([...values.keys()]).toEqual(['a']);
    expect([budgets.bodies.heldBytes, budgets.replies.heldBytes]).toEqual([0, 0]);
  });

  test('that breaks off says so, and does not execute half a line', async () => {
    const { app, values } = mapStore();
    const chunks = [bytes(put('a')), bytes('{"op":"put","key":"b","value":"v"}')];
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const chunk = chunks.shift();
        if (chunk === undefined) controller.error(new Error('connection lost'));
        else controller.enqueue(chunk);
      },
    });
    expect(await readLines(await postLines(app, body))).toMatchObject([
      { status: 204 },
      { status: 400, problem: { code: 'body-incomplete', detail: expect.stringMatching(/line 2/) } },
    ]);
    expect([...values.keys()]).toEqual(['a']);
  });

  test('whose line finds no room ends with 503', async () => {
    const { app, budgets } = mapStore({ limits: { bodyBytesMax: 100_000, replyBytesMax: 100_000 } });
    const results = await readLines(await postLines(app, chunked([bytes('x'.repeat(110_000))]).stream));
    expect(results).toMatchObject([
      { status: 503, problem: { code: 'overloaded', outcome: 'not-executed', retryAfterMs: 1000 } },
    ]);
    expect(budgets.bodies.heldBytes).toBe(0);
  });
});

describe('backpressure', () => {
  const chunks = Array.from({ length: 3000 }, (_, at) => bytes(put(`key-${at}`)));

  test('so many operations are under way at most', async () => {
    const { app, seen, release } = mapStore({ isHeld: true });
    const { stream } = chunked(chunks);
    const response = await postLines(app, stream);
    await settled();
    // The shards of this store are told by the first letter, and this is one.
    expect(seen.underWay).toBe(LIMITS.batchShardWritesMax);
    release();
    expect((await readLines(response)).length).toBe(3000);
  });

  test('a client who reads no results is read no further', async () => {
    const { app, seen: store } = mapStore();
    const { stream, seen } = chunked(chunks);
    const response = await postLines(app, stream);
    await settled();
    await settled();
    expect(seen.pulled).toBeLessThanOrEqual(LIMITS.batchWindowOperationsMax + 1);
    expect(store.begun).toBeLessThanOrEqual(LIMITS.batchWindowOperationsMax);
    expect((await readLines(response)).length).toBe(3000);
  });

  test('large values fill the window by their bytes', async () => {
    const { app, seen, release } = mapStore({ isHeld: true });
    const { stream } = chunked(
      Array.from({ length: 40 }, (_, at) => bytes(put(`${at}`, 'v'.repeat(100_000)))),
    );
    const response = await postLines(app, stream);
    await settled();
    expect(seen.underWay).toBe(Math.ceil(LIMITS.batchWindowBytesMax / 100_040));
    release();
    expect((await readLines(response)).length).toBe(40);
  });

  test('large values that are read are not kept beyond their limit', async () => {
    const { app, values, budgets } = mapStore();
    const value = new Uint8Array(500_000).fill(0x61);
    const keys = Array.from({ length: 100 }, (_, at) => `${at}`);
    for (const key of keys) values.set(key, value);
    const response = await postLines(app, keys.map((key) => line({ op: 'get', key })).join(''));
    await settled();
    expect(budgets.replies.heldBytes).toBeLessThanOrEqual(LIMITS.batchResultBytesMax + 600_000);
    const results = await readLines(response);
    expect(results.map((result) => (result as { value: string }).value.length)).toEqual(
      keys.map(() => 500_000),
    );
    expect([budgets.bodies.heldBytes, budgets.replies.heldBytes]).toEqual([0, 0]);
  });
});

describe('a client that leaves', () => {
  const chunks = Array.from({ length: 5000 }, (_, at) => bytes(put(`key-${at}`, 'v'.repeat(1000))));

  test.each(['cancels the results', 'aborts the request'])(
    'and %s: ends the work, and gives back its room',
    async (how) => {
      const { app, seen: store, budgets, release } = mapStore({ isHeld: true });
      const { stream, seen } = chunked(chunks);
      const leaving = new AbortController();
      const response = await postLines(app, stream, leaving.signal);
      await settled();
      expect(budgets.bodies.heldBytes).toBeGreaterThan(100_000);
      if (how === 'aborts the request') leaving.abort();
      else await response.body?.cancel();
      await settled();
      expect(seen.isCancelled || leaving.signal.aborted).toBe(true);
      expect([budgets.bodies.heldBytes, budgets.replies.heldBytes]).toEqual([0, 0]);
      const { begun } = store;
      release();
      await settled();
      expect(store.begun).toBe(begun);
      expect([budgets.bodies.heldBytes, budgets.replies.heldBytes]).toEqual([0, 0]);
    },
  );
});

describe('time', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** A body that gives a line whenever it is told to. */
  function slow() {
    let give: (chunk: Uint8Array) => void = () => {};
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        give = (chunk) => controller.enqueue(chunk);
      },
    });
    return { stream, give: (text: string) => give(bytes(text)) };
  }

  test('a line that does not come ends the stream, which says so', async () => {
    const { stream, give } = slow();
    const response = await postLines(mapStore().app, stream);
    const results = readLines(response);
    give(put('a'));
    await vi.advanceTimersByTimeAsync(1000);
    give('{"op":');
    await vi.advanceTimersByTimeAsync(LIMITS.streamIdleMsMax + 1000);
    expect(await results).toMatchObject([
      { status: 204 },
      { status: 408, problem: { code: 'body-timeout', outcome: 'not-executed' } },
    ]);
  });

  test('a stream that moves goes on for as long as it likes', async () => {
    const { stream, give } = slow();
    const { app, seen } = mapStore();
    const response = await postLines(app, stream);
    const reader = response.body?.getReader();
    for (let line = 1; line <= 20; line += 1) {
      const read = reader?.read();
      await vi.advanceTimersByTimeAsync(LIMITS.streamIdleMsMax - 2000);
      give(put('a'));
      expect((await read)?.done).toBe(false);
      expect(seen.begun).toBe(line);
    }
    await reader?.cancel();
  });

  test('results that nobody takes are given up', async () => {
    const { app, budgets } = mapStore();
    const { stream, seen } = chunked(Array.from({ length: 5000 }, () => bytes(put('a', 'v'.repeat(1000)))));
    const response = await postLines(app, stream);
    await vi.advanceTimersByTimeAsync(LIMITS.streamIdleMsMax + 2000);
    expect(seen.isCancelled).toBe(true);
    expect([budgets.bodies.heldBytes, budgets.replies.heldBytes]).toEqual([0, 0]);
    await expect(response.text()).rejects.toThrow('cut');
  });

  test('half a line that keeps room from others is given up soon', async () => {
    const { app, budgets } = mapStore();
    const { stream, give } = slow();
    const results = readLines(await postLines(app, stream));
    give('x'.repeat(100_000));
    await vi.advanceTimersByTimeAsync(1500);
    expect(budgets.bodies.heldBytes).toBeGreaterThanOrEqual(100_000);
    budgets.bodies.take(1 << 30);
    await vi.advanceTimersByTimeAsync(1500);
    expect(await results).toMatchObject([{ status: 503, problem: { code: 'overloaded' } }]);
    expect(budgets.bodies.heldBytes).toBe(0);
  });
});

type Asked =
  | {
      readonly op: 'put' | 'append';
      readonly key: string;
      readonly value: Uint8Array;
      readonly asText: boolean;
    }
  | { readonly op: 'get' | 'delete'; readonly key: string };

const key = fc.constantFrom('a', 'b', 'c', 'ä', '\u{1f6f6}', '\uFEFF', 'a/b');
const text = fc
  .string({ unit: 'grapheme', maxLength: 12 })
  .map((value) => ({ value: bytes(value), asText: true }));
const binary = fc.uint8Array({ maxLength: 12 }).map((value) => ({ value, asText: false }));
const asked: fc.Arbitrary<Asked> = fc.oneof(
  fc
    .tuple(fc.constantFrom('put', 'append'), key, fc.oneof(text, binary))
    .map(([op, key, value]) => ({ op, key, ...value })),
  fc.record({ op: fc.constantFrom('get', 'delete'), key }),
);

function toJson(one: Asked): object {
  if (!('value' in one)) return one;
  const { op, key, value, asText } = one;
  return asText
    ? { op, key, value: new TextDecoder('utf-8', { ignoreBOM: true }).decode(value) }
    : { op, key, base64: Buffer.from(value).toString('base64') };
}

/** What a plain map says to them, one after the other. */
function expected(list: readonly Asked[]): readonly object[] {
  const model = new Map<string, Buffer>();
  return list.map((one) => expectedOf(one, model));
}

function expectedOf(one: Asked, model: Map<string, Buffer>): object {
  const before = model.get(one.key);
  switch (one.op) {
    case 'put':
      model.set(one.key, Buffer.from(one.value));
      return { status: 204 };
    case 'append': {
      const value = Buffer.concat([before ?? Buffer.of(), one.value]);
      model.set(one.key, value);
      const previous = before === undefined ? 'absent' : 'present';
      return { status: 200, previous, length: value.length, ...bytesAsJson(before ?? Buffer.of()) };
    }
    case 'delete':
      model.delete(one.key);
      return { status: 204, existed: before !== undefined };
    case 'get':
      return before === undefined ? { status: 404 } : { status: 200, ...bytesAsJson(before) };
  }
}

function bytesAsJson(value: Buffer): object {
  const text = value.toString('utf8');
  return Buffer.from(text).equals(value) ? { value: text } : { base64: value.toString('base64') };
}

const essence = (result: unknown): object => {
  const { etag, position, consistency, problem, ...rest } = result as Record<string, unknown>;
  return rest;
};

describe('random operations have the results that a map gives one after the other, and none overlap on a key', () => {
  const turns = () => Math.floor(Math.random() * 4);

  test('in a body of JSON', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(asked, { maxLength: 40 }), async (list) => {
        const { app, seen } = mapStore({ turns });
        const response = await postJson(app, { operations: list.map(toJson) });
        const { results } = (await response.json()) as { results: unknown[] };
        expect(results.map(essence)).toEqual(expected(list));
        expect(seen.overlaps).toBe(0);
      }),
    );
  });

  test('in a stream of lines that is broken anywhere', async () => {
    const cuts = fc.array(fc.nat(400), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(asked, { maxLength: 40 }),
        cuts,
        fc.boolean(),
        async (list, lengths, hasEnd) => {
          const { app, seen } = mapStore({ turns });
          const whole = list.map((one) => line(toJson(one))).join('');
          const body = bytes(hasEnd ? whole : whole.slice(0, -1));
          const chunks: Uint8Array[] = [];
          let from = 0;
          for (const length of [...lengths, body.length]) {
            if (length > 0 && from < body.length) chunks.push(body.subarray(from, from + length));
            from += length;
          }
          const results = await readLines(await postLines(app, chunked(chunks).stream));
          expect(results.map(essence)).toEqual(expected(list));
          expect(seen.overlaps).toBe(0);
        },
      ),
    );
  });
});
