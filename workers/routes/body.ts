/**
 * Bodies, within bounds: in bytes before they are kept, in time while they come, and all of an isolate together. One that
 * finds no room is not read, so that its sender waits; small ones need none, so that large ones which are slow to come
 * cannot keep them out.
 */

import { LIMITS, parseInteger } from '../../src/protocol/index.ts';
import type { ByteBudget } from '../../src/replica/index.ts';
import { PRESSED_MS, room, SMALL_BYTES_MAX } from '../room.ts';

/** Of a body that is refused for its length: more than any honest mistake, and less than costs anybody anything. */
const DISCARD_BYTES_MAX = 4 << 20;
const DISCARD_MS_MAX = 2000;

/** Why a body never came to its end; nothing was executed. Thrown, since no route has a use for half a body. */
export class BodyFailure extends Error {
  readonly code: 'body-timeout' | 'body-incomplete' | 'overloaded';

  constructor(code: BodyFailure['code']) {
    super(code);
    this.code = code;
  }
}

/**
 * The body is kept, and counts, until `use` is done with it. It counts as it says it is long, or as long as it may be;
 * no host of this Worker lets a body be longer than it says.
 */
export async function withBody<Outcome>(
  request: Request,
  bytesMax: number,
  bodies: ByteBudget,
  use: (body: Uint8Array | 'too-large') => Promise<Outcome>,
): Promise<Outcome> {
  const bytes = request.body === null ? 0 : (declaredBytes(request) ?? bytesMax);
  if (bytes > bytesMax) {
    if (request.body !== null) await discard(request.body.getReader());
    return use('too-large');
  }
  const lease = await room(bodies, bytes, LIMITS.roomWaitMsMax);
  if (lease === undefined) throw new BodyFailure('overloaded');
  try {
    return await use(await readBody(request, bytesMax, () => bodies.hasRefusedWithin(PRESSED_MS.body)));
  } finally {
    bodies.give(lease);
  }
}

/**
 * Reads a body and keeps nothing of it, so that its sender comes to hear the answer: a connection that is closed with
 * unread bytes is reset, and the answer may be lost with it (RFC 9112 §9.6). What is longer or slower than this is cut.
 */
export async function discard(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  const end = (): void => void reader.cancel().catch(() => {});
  const timer = setTimeout(end, DISCARD_MS_MAX);
  try {
    let bytes = 0;
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      bytes += read.value.length;
      if (bytes > DISCARD_BYTES_MAX) return end();
    }
  } catch {
    // Whoever has left needs no answer.
  } finally {
    clearTimeout(timer);
  }
}

/** Of one that says two things, neither is believed. */
function declaredBytes({ headers }: Request): number | undefined {
  return headers.has('transfer-encoding') ? undefined : parseInteger(headers.get('content-length') ?? '', 0);
}

/**
 * The bytes of a request's body, or `too-large` as soon as that is known: by its Content-Length before a byte is
 * read, else while reading, holding no more than the limit and the chunk that exceeded it. Not `hono/body-limit`,
 * which believes a Content-Length and then does not count.
 */
export async function readBody(
  request: Request,
  bytesMax: number,
  isPressed: () => boolean = () => false,
): Promise<Uint8Array | 'too-large'> {
  const declared = parseInteger(request.headers.get('content-length') ?? '', 0);
  if (declared !== undefined && declared > bytesMax) return 'too-large';
  if (request.body === null) return new Uint8Array(0);
  if (declared !== undefined && declared <= SMALL_BYTES_MAX) return readSmall(request, bytesMax);

  const reader = request.body.getReader();
  let givenUp: BodyFailure['code'] | undefined;
  let leftMs = LIMITS.bodyDeadlineMs;
  const look = (): void => {
    leftMs -= PRESSED_MS.body;
    if (leftMs > 0 && !isPressed()) {
      timer = setTimeout(look, PRESSED_MS.body);
      return;
    }
    givenUp = leftMs > 0 ? 'overloaded' : 'body-timeout';
    // It ends the read that waits. What there is to say of a body that is given up has been said.
    reader.cancel().catch(() => {});
  };
  let timer = setTimeout(look, PRESSED_MS.body);
  try {
    const body = await readToEnd(reader, bytesMax);
    if (givenUp === undefined) return body;
  } catch {
    // The client has left, or sent no proper chunks. Of a late body this is how workerd ends the read that waits.
    if (givenUp === undefined) throw new BodyFailure('body-incomplete');
  } finally {
    clearTimeout(timer);
  }
  throw new BodyFailure(givenUp);
}

/** The host lets no body be longer than it says: so the runtime may read it in one piece. */
function readSmall(request: Request, bytesMax: number): Promise<Uint8Array | 'too-large'> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new BodyFailure('body-timeout')), LIMITS.bodyDeadlineMs);
    request
      .arrayBuffer()
      .then(
        (body) => resolve(body.byteLength > bytesMax ? 'too-large' : new Uint8Array(body)),
        () => reject(new BodyFailure('body-incomplete')),
      )
      .finally(() => clearTimeout(timer));
  });
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
    kept = appended(kept, bytes, chunk, bytesMax);
    bytes += chunk.length;
  }
  return kept.subarray(0, bytes);
}

/** In one buffer that doubles, since a list of chunks of one byte each takes a hundred times what they hold. */
export function appended(kept: Uint8Array, bytes: number, chunk: Uint8Array, bytesMax: number): Uint8Array {
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
