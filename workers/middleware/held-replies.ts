import { createMiddleware } from 'hono/factory';
import { parseInteger } from '../../src/protocol/index.ts';
import type { ByteBudget } from '../../src/replica/index.ts';
import { heldBody } from '../held-body.ts';
import { SMALL_BYTES_MAX } from '../room.ts';
import type { BackendsVariables } from './backends.ts';

/** How long a client may take over one answer while others find no room. */
const PRESSED_MS = 10_000;

/**
 * A value counts among the replies until its client has taken it. A client that is slow is served as slowly, unless that
 * keeps others from being served: then his answer is cut. The answer to HEAD has no body, although it says how long it
 * would be.
 */
export const heldReplies = createMiddleware<BackendsVariables>(async (c, next) => {
  await next();
  const length = parseInteger(c.res.headers.get('content-length') ?? '', SMALL_BYTES_MAX + 1);
  if (length === undefined || c.res.body === null || c.req.raw.method === 'HEAD') return;
  const { replies } = c.var.backends.budgets;
  const ending = new AbortController();
  const left = AbortSignal.any([c.req.raw.signal, ending.signal]);
  const { body, sent } = heldBody(c.res.body, length, replies, left);
  const endSlow = cutWhenPressed(replies, ending);
  // Also when the client leaves, its lease is to be given back.
  c.executionCtx.waitUntil(sent.then(endSlow));
  c.res = new Response(body, c.res);
});

/** Returns what stops watching. */
function cutWhenPressed(replies: ByteBudget, ending: AbortController): () => void {
  const timer = setInterval(() => {
    if (replies.hasRefusedWithin(PRESSED_MS)) ending.abort();
  }, PRESSED_MS);
  return () => clearInterval(timer);
}
