/** Bytes as the body of an answer, and a lease for as long as the runtime keeps them. */

import type { ByteBudget } from '../src/replica/index.ts';

export interface HeldBody {
  readonly body: ReadableStream;
  /** When the last byte has been taken over by who asked, or will not be. */
  readonly sent: Promise<void>;
}

/**
 * The lease is taken before this returns, and ends with `ending` at the latest. An answer whose asker has left before it
 * came is neither read nor cancelled by anybody.
 */
export function heldBody(
  bytes: Uint8Array | ReadableStream,
  length: number,
  budget: ByteBudget,
  ending: AbortSignal,
): HeldBody {
  const lease = budget.hold(length);
  const { readable, writable } = new FixedLengthStream(length);
  const sending =
    bytes instanceof Uint8Array ? write(writable, bytes, ending) : bytes.pipeTo(writable, { signal: ending });
  // Whether they arrived is no business of this side.
  return { body: readable, sent: sending.catch(() => {}).then(() => budget.give(lease)) };
}

async function write(writable: WritableStream, bytes: Uint8Array, ending: AbortSignal): Promise<void> {
  const writer = writable.getWriter();
  // What there is to say of it is said by the write.
  const end = () => writer.abort().catch(() => {});
  ending.addEventListener('abort', end);
  if (ending.aborted) end();
  try {
    await writer.write(bytes);
    await writer.close();
  } finally {
    ending.removeEventListener('abort', end);
  }
}
