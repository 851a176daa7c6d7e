import { createMiddleware } from 'hono/factory';
import { hostName, problem, problemResponse } from '../../src/protocol/index.ts';

const AUTHORITY = /^https?:\/\/([^/]*)/;

/**
 * Routes are chosen by the request line alone. workerd writes a request's address as its Host and its request line,
 * one after the other: that is the address that was asked for only if the Host is a plain one, and if what follows it
 * begins with a slash (`OPTIONS *` does not).
 */
export const plainHost = createMiddleware(async (c, next) => {
  const host = c.req.raw.headers.get('host');
  const authority = AUTHORITY.exec(c.req.raw.url)?.[1] ?? '';
  if (hostName(authority) === undefined || (host !== null && hostName(host) === undefined)) {
    const detail = 'Host is a name or an address, and perhaps a port; the path begins with a slash.';
    return problemResponse(problem('host-malformed', detail));
  }
  return next();
});
