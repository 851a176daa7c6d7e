import { expect, test } from 'vitest';
import { BodyFailure } from '../../workers/routes/body.ts';
import { passBody } from '../../workers/routes/pass-body.ts';

const store = (stream: ReadableStream<Uint8Array>): Promise<string> => new Response(stream).text();

/** Gives these bytes, and then ends as `last` says. */
function body(
  bytes: number,
  last: (controller: ReadableStreamDefaultController<Uint8Array>) => void,
): ReadableStream<Uint8Array> {
  let isGiven = false;
  return new ReadableStream({
    pull(controller) {
      if (isGiven) return last(controller);
      isGiven = true;
      controller.enqueue(new Uint8Array(bytes).fill(0x61));
    },
  });
}

test('a body is handed on whole', async () => {
  const whole = body(5, (controller) => controller.close());
  expect(await passBody(whole, 5, store)).toBe('aaaaa');
});

test.each([
  ['breaks off', (controller: ReadableStreamDefaultController) => controller.error(new Error('lost'))],
  ['ends too early', (controller: ReadableStreamDefaultController) => controller.close()],
])('a body that %s is incomplete, and is stored by nobody', async (_, last) => {
  let isStored = false;
  const failure: unknown = await passBody(body(5, last), 10, async (stream) => {
    await store(stream);
    isStored = true;
  }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(BodyFailure);
  expect(failure).toMatchObject({ code: 'body-incomplete' });
  expect(isStored).toBe(false);
});

test('what the bucket throws is no fault of the body', async () => {
  const whole = body(5, (controller) => controller.close());
  const refuse = () => Promise.reject(new Error('the bucket is full'));
  await expect(passBody(whole, 5, refuse)).rejects.toThrow('the bucket is full');
});
