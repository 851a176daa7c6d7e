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
const ALWAYS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
} as const;
const POLICY = 'content-security-policy';
const NOTHING_RUNS = { ...ALWAYS, [POLICY]: "default-src 'none'; sandbox" } as const;
/** Over plain HTTP it means nothing (RFC 6797 §7.2), and a local store has no TLS to insist on. */
const TRANSPORT = { 'strict-transport-security': 'max-age=15552000' } as const;
const REQUEST_ID = 'x-request-id';

/**
 * Sets those, and the id under which the operator finds the request in the log. The id is always one of our own: two
 * requests never share it, whatever their clients call them.
 */
export const commonHeaders = createMiddleware<RequestIdVariables>(async (c, next) => {
  const requestId = crypto.randomUUID();
  c.set('requestId', requestId);
  await next();
  setCommonHeaders(c.res.headers, commonFields(c.req.raw, requestId));
});

/** For an answer that is made with all its headers at once: to set them one by one takes as long as to make it. */
export function commonFields({ url }: Request, requestId: string): Readonly<Record<string, string>> {
  const fields = { ...NOTHING_RUNS, [REQUEST_ID]: requestId };
  return url.startsWith('https:') ? { ...fields, ...TRANSPORT } : fields;
}

export function setCommonHeaders(headers: Headers, fields: Readonly<Record<string, string>>): void {
  if (headers.has(REQUEST_ID)) return;
  for (const [name, value] of Object.entries(fields)) {
    if (name !== POLICY || !headers.has(POLICY)) headers.set(name, value);
  }
}

/** How a client calls its request, if that can stand in a line of a log. */
const OUTER_ID = /^[\w.:/+=-]{1,128}$/;

/** How the log speaks of a request: by our id and, for who looks for it by the client's, by that one too. */
export function requestName(requestId: string, headers: Headers): string {
  const outer = headers.get('x-request-id');
  return outer !== null && OUTER_ID.test(outer)
    ? `request ${requestId} (x-request-id ${outer})`
    : `request ${requestId}`;
}
