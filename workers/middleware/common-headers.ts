import { createMiddleware } from 'hono/factory';

export interface RequestIdVariables {
  readonly Variables: { readonly requestId: string };
}

/**
 * What every answer says. No answer may be kept: a cache in between would turn a linearizable read into an old one.
 * A browser must not look into an answer for another type than the one it has, or show it inside another site; and
 * should it show the bytes that some user wrote, nothing in them runs or loads. An answer that is made to be shown
 * brings a policy of its own. Not `hono/secure-headers`: it sends ten more headers that say nothing about data.
 */
const ALWAYS = [
  ['cache-control', 'no-store'],
  ['x-content-type-options', 'nosniff'],
  ['cross-origin-resource-policy', 'same-origin'],
] as const;
const POLICY = 'content-security-policy';

/**
 * Sets those, and the id under which the operator finds the request in the log. The id is always one of our own: two
 * requests never share it, whatever their clients call them.
 */
export const commonHeaders = createMiddleware<RequestIdVariables>(async (c, next) => {
  const requestId = crypto.randomUUID();
  c.set('requestId', requestId);
  await next();
  const { headers } = c.res;
  for (const [name, value] of ALWAYS) headers.set(name, value);
  if (!headers.has(POLICY)) headers.set(POLICY, "default-src 'none'; sandbox");
  // Over plain HTTP it means nothing (RFC 6797 §7.2), and a local store has no TLS to insist on.
  if (c.req.raw.url.startsWith('https:')) headers.set('strict-transport-security', 'max-age=15552000');
  headers.set('x-request-id', requestId);
});

/** How a client calls its request, if that can stand in a line of a log. */
const OUTER_ID = /^[\w.:/+=-]{1,128}$/;

/** How the log speaks of a request: by our id and, for who looks for it by the client's, by that one too. */
export function requestName(requestId: string, headers: Headers): string {
  const outer = headers.get('x-request-id');
  return outer !== null && OUTER_ID.test(outer)
    ? `request ${requestId} (x-request-id ${outer})`
    : `request ${requestId}`;
}
