import { createMiddleware } from 'hono/factory';
import type { RequestIdVariables } from 'hono/request-id';

/**
 * What every answer says. No answer may be kept: a cache in between would turn a linearizable read into an old one.
 * And the id under which the operator finds the request; `hono/request-id` alone sets it before the handler runs, and
 * it is lost when the handler brings a Response of its own.
 */
export const commonHeaders = createMiddleware<{ Variables: RequestIdVariables }>(async (c, next) => {
  await next();
  c.res.headers.set('cache-control', 'no-store');
  c.res.headers.set('x-request-id', c.var.requestId);
});
