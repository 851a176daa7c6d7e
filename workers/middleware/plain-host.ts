import { createMiddleware } from 'hono/factory';
import { hostName, type Problem, problem, problemResponse } from '../../src/protocol/index.ts';

const AUTHORITY = /^https?:\/\/([^/]*)/;

/** Refuses what `hostProblem` finds. */
export const plainHost = createMiddleware(async (c, next) => {
  const found = hostProblem(c.req.raw);
  return found === undefined ? next() : problemResponse(found);
});

/**
 * Routes are chosen by the request line alone. workerd writes a request's address as its Host and its request line,
 * one after the other: that is the address that was asked for only if the Host is a plain one, and if what follows it
 * begins with a slash (`OPTIONS *` does not).
 */
export function hostProblem({ url, headers }: Request): Problem | undefined {
  const host = headers.get('host');
  const authority = authorityOf(url);
  if (
    hostName(authority) !== undefined &&
    (host === null || host === authority || hostName(host) !== undefined)
  ) {
    return undefined;
  }
  const detail = 'Host is a name or an address, and perhaps a port; the path begins with a slash.';
  return problem('host-malformed', detail);
}

/** The name and the port in a URL, as they stand there. */
export function authorityOf(url: string): string {
  return AUTHORITY.exec(url)?.[1] ?? '';
}
