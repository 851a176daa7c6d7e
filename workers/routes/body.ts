/** Bodies, within bounds: in bytes before they are kept, in time while they come. */

import { LIMITS, parseInteger } from '../../src/protocol/index.ts';

/** Why a body never came to its end; nothing was executed. Thrown, since no route has a use for half a body. */
export class BodyFailure extends Error {
  readonly code: 'body-timeout' | 'body-incomplete';

  constructor(code: BodyFailure['code']) {
    super(code);
    this.code = code;
  }
}

/**
 * The bytes of a request's body, or `too-large` as soon as that is known: by its Content-Length before a byte is
 * read, else while reading, holding no more than the limit and the chunk that exceeded it. Not `hono/body-limit`,
 * which believes a Content-Length and then does not count.
 */
export async function readBody(request: Request, bytesMax: number): Promise<Uint8Array | 'too-large'> {
  const declared = parseInteger(request.headers.get('content-length') ?? '', 0);
  if (declared !== undefined && declared > bytesMax) return 'too-large';
  if (request.body === null) return new Uint8Array(0);

  const reader = request.body.getReader();
  let isLate = false;
  const deadline = setTimeout(() => {
    isLate = true;
    // It ends the read that waits. What there is to say of a body that is given up has been said.
    reader.cancel().catch(() => {});
  }, LIMITS.bodyDeadlineMs);
  try {
    const body = await readToEnd(reader, bytesMax);
    if (!isLate) return body;
  } catch {
    // The client has left, or sent no proper chunks. Of a late body this is how workerd ends the read that waits.
    if (!isLate) throw new BodyFailure('body-incomplete');
  } finally {
    clearTimeout(deadline);
  }
  throw new BodyFailure('body-timeout');
}

async function readToEnd(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  bytesMax: number,
): Promise<Uint8Array | 'too-large'> {
  let kept: Uint8Array = new Uint8Array(0);
  let bytes = 0;
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    const chunk = read.value;
    if (bytes + chunk.length > bytesMax) {
      await reader.cancel();
      return 'too-large';
    }
    kept = append(kept, bytes, chunk, bytesMax);
    bytes += chunk.length;
  }
  return kept.subarray(0, bytes);
}

/** In one buffer that doubles, since a list of chunks of one byte each takes a hundred times what they hold. */
function append(kept: Uint8Array, bytes: number, chunk: Uint8Array, bytesMax: number): Uint8Array {
  if (bytes === 0) return chunk;
  const needed = bytes + chunk.length;
  let buffer = kept;
  if (needed > buffer.length) {
    buffer = new Uint8Array(Math.min(bytesMax, Math.max(needed, 2 * buffer.length)));
    buffer.set(kept.subarray(0, bytes));
  }
  buffer.set(chunk, bytes);
  return buffer;
}
