/** How a request waits for room. */

import type { ByteBudget, Lease } from '../src/replica/index.ts';

/** What a connection costs anyway: so few bytes are not worth a stream, and wait for no room. */
export const SMALL_BYTES_MAX = 16 * 1024;

/** Who keeps room so long while others find none is cut off: a body that does not come, an answer that is not taken. */
export const PRESSED_MS = { body: 2000, reply: 10_000 } as const;

/** Between two looks for room, half of it random. */
const ROOM_PAUSE_MS = 40;

/** Undefined if there was no room in time. */
export async function room(budget: ByteBudget, bytes: number, waitMsMax: number): Promise<Lease | undefined> {
  if (bytes <= SMALL_BYTES_MAX) return budget.hold(bytes);
  for (const untilMs = Date.now() + waitMsMax; ; ) {
    const lease = budget.take(bytes);
    if (lease !== undefined || Date.now() >= untilMs) return lease;
    // A timer of its own: what one request promises to another is lost with it.
    await new Promise((resolve) => setTimeout(resolve, ROOM_PAUSE_MS * (0.5 + Math.random() / 2)));
  }
}
