import { createMiddleware } from 'hono/factory';
import { problem, problemResponse } from '../../src/protocol/index.ts';

/**
 * Refuses what would do harm if it were ignored: a write that should happen only under a condition, and one that
 * brings only a part of the value. The other headers of this kind may be ignored, says RFC 9110: those about dates,
 * because a value has no date (§13.1.3, §13.1.4), and Range, because nobody is obliged to honour it (§14.2).
 */
export const unsupported = createMiddleware(async (c, next) => {
  const isRead = c.req.method === 'GET' || c.req.method === 'HEAD';
  for (const header of isRead ? ['If-Match'] : ['If-Match', 'If-None-Match']) {
    if (c.req.header(header) !== undefined) {
      const detail = `${header} is not supported on ${c.req.method} yet. Nothing was executed.`;
      return problemResponse(problem('condition-unsupported', detail));
    }
  }
  if (c.req.header('Content-Range') !== undefined) {
    const detail = 'A value is written as a whole: Content-Range is not supported. Nothing was executed.';
    return problemResponse(problem('partial-put-unsupported', detail));
  }
  return next();
});
