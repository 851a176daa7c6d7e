import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LIMITS } from '../../../src/protocol/index.ts';
import { BodyFailure, readBody } from '../../../workers/routes/body.ts';

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

  test('that ends in time leaves no timer', async () => {
    expect(await readBody(streamed([Uint8Array.of(1)]).request, 1)).toEqual(Uint8Array.of(1));
    expect(await readBody(streamed([Uint8Array.of(1)]).request, 0)).toBe('too-large');
    expect(vi.getTimerCount()).toBe(0);
  });
});
