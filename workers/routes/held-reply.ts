import { parseInteger } from '../../src/protocol/index.ts';
import type { ByteBudget } from '../../src/replica/index.ts';
import { heldBody } from '../held-body.ts';
import { PRESSED_MS, SMALL_BYTES_MAX } from '../room.ts';
import type { HoldReply } from './kv.ts';

/**
 * A value counts among the replies until its client has taken it. A client that is slow is served as slowly, unless that
 * keeps others from being served: then his answer is cut. The answer to HEAD has no body, although it says how long it
 * would be.
 */
export const heldReply: HoldReply = (response, { request, replies, context }) => {
  if (response.body === null) return response;
  const length = parseInteger(response.headers.get('content-length') ?? '', SMALL_BYTES_MAX + 1);
  if (length === undefined || request.method === 'HEAD') return response;
  const ending = new AbortController();
  const left = AbortSignal.any([request.signal, ending.signal]);
  const { body, sent } = heldBody(response.body, length, replies, left);
  const endSlow = cutWhenPressed(replies, ending);
  // Also when the client leaves, its lease is to be given back.
  context().waitUntil(sent.then(endSlow));
  return new Response(body, response);
};

/** Returns what stops watching. */
function cutWhenPressed(replies: ByteBudget, ending: AbortController): () => void {
  const timer = setInterval(() => {
    if (replies.hasRefusedWithin(PRESSED_MS.reply)) ending.abort();
  }, PRESSED_MS.reply);
  return () => clearInterval(timer);
}
