/** If-None-Match of a read (RFC 9110 §13.1.2): who has the value is not sent it again. */

import { HEADERS } from '../../src/protocol/index.ts';

/** It says as much about its own freshness as the whole answer would (RFC 9110 §15.4.5). */
const KEPT = ['etag', HEADERS.position, HEADERS.consistency, HEADERS.ageMs];

/** The answer to a read, or 304 in its place. */
export function notModified(request: Headers, response: Response): Response {
  const wanted = request.get('if-none-match');
  const etag = response.headers.get('etag');
  if (wanted === null || etag === null || !isAmong(etag, wanted)) return response;
  const headers = new Headers();
  for (const name of KEPT) {
    const value = response.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  return new Response(null, { status: 304, headers });
}

/** Compared weakly: `W/"7"` is `"7"`. */
function isAmong(etag: string, wanted: string): boolean {
  return wanted.trim() === '*' || (wanted.match(/"[^"]*"/g)?.includes(etag) ?? false);
}
