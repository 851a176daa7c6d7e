/** A body that is handed on as it comes: nothing of it is kept here, but its time is bounded as that of any body. */

import { LIMITS } from '../../src/protocol/index.ts';
import { BodyFailure } from './body.ts';

/** A long body may take longer: as long as it takes at this rate, after the time that every body has. */
const BYTES_PER_MS_MIN = 16;

/**
 * Hands `body`, which is `bytes` long, to `store`. Throws `BodyFailure` if it is the body that came to no end, else
 * what `store` throws.
 */
export async function passBody<Stored>(
  body: ReadableStream<Uint8Array>,
  bytes: number,
  store: (stream: ReadableStream<Uint8Array>) => Promise<Stored>,
): Promise<Stored> {
  const { readable, writable } = new FixedLengthStream(bytes);
  const writer = writable.getWriter();
  const storing = store(readable).catch((error: unknown) => {
    // Nobody reads any more: else the write that waits would wait for ever.
    writer.abort(error).catch(() => {});
    throw error;
  });
  const [passed, stored] = await Promise.allSettled([pass(body, bytes, writer), storing]);
  if (passed.status === 'rejected' && passed.reason instanceof BodyFailure) throw passed.reason;
  if (stored.status === 'rejected') throw stored.reason;
  return stored.value;
}

async function pass(
  body: ReadableStream<Uint8Array>,
  bytes: number,
  writer: WritableStreamDefaultWriter<Uint8Array>,
): Promise<void> {
  const reader = body.getReader();
  let isLate = false;
  const deadline = setTimeout(
    () => {
      isLate = true;
      // It ends the read that waits.
      reader.cancel().catch(() => {});
    },
    LIMITS.bodyDeadlineMs + bytes / BYTES_PER_MS_MIN,
  );
  const fail = async (code: BodyFailure['code']): Promise<never> => {
    await writer.abort(code).catch(() => {});
    throw new BodyFailure(code);
  };
  try {
    let left = bytes;
    for (;;) {
      const read = await reader.read().catch(() => undefined);
      if (isLate) return await fail('body-timeout');
      if (read === undefined || (read.done && left > 0)) return await fail('body-incomplete');
      if (read.done) return await writer.close();
      left -= read.value.length;
      await writer.write(read.value);
    }
  } finally {
    clearTimeout(deadline);
    // Whoever stored it may have given up: then nobody reads the rest.
    reader.cancel().catch(() => {});
  }
}
