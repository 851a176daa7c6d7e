import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LIMITS } from '../../../src/protocol/index.ts';
import { ByteBudget } from '../../../src/replica/index.ts';
import { BodyFailure, readBody, withBody } from '../../../workers/routes/body.ts';

/** A request whose body comes in these chunks, and how many of them were asked for. */
function streamed(chunks: readonly Uint8Array[], headers: Record<string, string> = {}) {
  const seen = { pulled: 0, isCancelled: false };
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const chunk = chunks[seen.pulled];
        if (chunk === undefined) controller.close();
        else {
          seen.pulled += 1;
          controller.enqueue(chunk);
        }
      },
      cancel() {
        seen.isCancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { request: new Request('http://h/', { method: 'PUT', body, headers, duplex: 'half' }), seen };
}

describe('a body', () => {
  test('is put together from its chunks, or refused if they are too long', async () => {
    const chunk = fc.uint8Array({ maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(fc.array(chunk, { maxLength: 6 }), fc.nat(30), async (chunks, bytesMax) => {
        const whole = chunks.flatMap((bytes) => [...bytes]);
        const body = await readBody(streamed(chunks.filter(({ length }) => length > 0)).request, bytesMax);
        expect(body).toEqual(whole.length > bytesMax ? 'too-large' : Uint8Array.from(whole));
      }),
    );
  });

  test('that says it is too long is not read', async () => {
    const { request, seen } = streamed([new Uint8Array(11)], { 'content-length': '11' });
    expect(await readBody(request, 10)).toBe('too-large');
    expect(seen.pulled).toBe(0);
  });

  test('that turns out to be too long is read no further', async () => {
    const { request, seen } = streamed(Array.from({ length: 100 }, () => new Uint8Array(6)));
    expect(await readBody(request, 10)).toBe('too-large');
    expect(seen).toEqual({ pulled: 2, isCancelled: true });
  });

  test.each(['5', 'five', '-1'])('is counted even if it says that it is %s bytes long', async (length) => {
    const { request } = streamed([new Uint8Array(11)], { 'content-length': length });
    expect(await readBody(request, 10)).toBe('too-large');
  });

  test('may come in very many chunks, and is kept in one buffer', async () => {
    const chunks = Array.from({ length: 5000 }, (_, at) => Uint8Array.of(at));
    const body = await readBody(streamed(chunks).request, 5000);
    expect(body).toEqual(Uint8Array.from(chunks, ([byte = 0]) => byte));
    expect(body === 'too-large' || body.buffer.byteLength).toBe(5000);
  });

  test('that breaks off is a failure of its own kind', async () => {
    const body = new ReadableStream({
      start: (controller) => controller.error(new Error('connection lost')),
    });
    const request = new Request('http://h/', { method: 'PUT', body, duplex: 'half' });
    await expect(readBody(request, 10)).rejects.toEqual(new BodyFailure('body-incomplete'));
  });
});

describe('a slow body', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** One byte, and then one more each second. */
  const trickle = () =>
    new ReadableStream<Uint8Array>({
      async pull(controller) {
        await new Promise((resolve) => setTimeout(resolve, 1000));
        controller.enqueue(Uint8Array.of(1));
      },
    });
  const silence = () => new ReadableStream<Uint8Array>();

  test.each([
    ['that says nothing', silence],
    ['that trickles', trickle],
  ])('%s is given up at its deadline, and not before', async (_, make) => {
    const request = new Request('http://h/', { method: 'PUT', body: make(), duplex: 'half' });
    let ended: unknown;
    const reading = readBody(request, 1000).catch((error: unknown) => {
      ended = error;
    });
    await vi.advanceTimersByTimeAsync(LIMITS.bodyDeadlineMs - 1);
    expect(ended).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    await reading;
    expect(ended).toEqual(new BodyFailure('body-timeout'));
  });

  test('is given up sooner while others find no room', async () => {
    const request = new Request('http://h/', { method: 'PUT', body: trickle(), duplex: 'half' });
    let ended: unknown;
    const reading = readBody(request, 1000, () => true).catch((error: unknown) => {
      ended = error;
    });
    await vi.advanceTimersByTimeAsync(2000);
    await reading;
    expect(ended).toEqual(new BodyFailure('overloaded'));
  });

  test('that ends in time leaves no timer', async () => {
    expect(await readBody(streamed([Uint8Array.of(1)]).request, 1)).toEqual(Uint8Array.of(1));
    expect(await readBody(streamed([Uint8Array.of(1)]).request, 0)).toBe('too-large');
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('bodies of many requests', () => {
  const LARGE = 100_000;

  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function setUp() {
    const bodies = new ByteBudget({ bytesMax: 2 * LARGE, leaseMsMax: 60_000, nowMs: () => Date.now() });
    const ends: (() => void)[] = [];
    /** Keeps its body until `ends` lets it go. */
    const send = (length: number, headers: Record<string, string> = { 'content-length': String(length) }) => {
      const { request, seen } = streamed([new Uint8Array(length)], headers);
      const sent = withBody(request, LARGE, bodies, async (body) => {
        if (body === 'too-large') return body;
        await new Promise<void>((resolve) => ends.push(resolve));
        return body.length;
      });
      return { sent, seen };
    };
    return { bodies, ends, send };
  }

  test('that are too much together wait unread, and come in as others end', async () => {
    const { bodies, ends, send } = setUp();
    const [first, second, third] = [send(LARGE), send(LARGE), send(LARGE)];
    await vi.advanceTimersByTimeAsync(1000);
    expect([ends.length, third.seen.pulled, bodies.heldBytes]).toEqual([2, 0, 2 * LARGE]);
    ends.shift()?.();
    expect(await first.sent).toBe(LARGE);
    await vi.advanceTimersByTimeAsync(100);
    expect([ends.length, third.seen.pulled]).toEqual([2, 1]);
    for (const end of ends) end();
    expect(await Promise.all([second.sent, third.sent])).toEqual([LARGE, LARGE]);
    expect([bodies.heldBytes, vi.getTimerCount()]).toEqual([0, 0]);
  });

  test('are refused when they waited too long', async () => {
    const { send } = setUp();
    for (let count = 0; count < 2; count += 1) send(LARGE);
    const refused = expect(send(LARGE).sent).rejects.toEqual(new BodyFailure('overloaded'));
    await vi.advanceTimersByTimeAsync(LIMITS.roomWaitMsMax + 100);
    await refused;
  });

  test('that are small wait for nobody', async () => {
    const { ends, send } = setUp();
    for (let count = 0; count < 2; count += 1) send(LARGE);
    const { sent } = send(10);
    await vi.advanceTimersByTimeAsync(0);
    ends.at(-1)?.();
    expect(await sent).toBe(10);
  });

  test('that do not say how long they are count as long as they may be, and those that are too long not at all', async () => {
    const { bodies, send } = setUp();
    send(10, {});
    send(10, { 'content-length': '3', 'transfer-encoding': 'chunked' });
    await vi.advanceTimersByTimeAsync(0);
    expect(bodies.heldBytes).toBe(2 * LARGE);
    expect(await send(LARGE + 1).sent).toBe('too-large');
  });
});
