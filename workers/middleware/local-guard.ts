/**
 * Keeps pages of the web from driving a store on the machine of whoever looks at them. Where Cloudflare runs the
 * Worker, its own routes decide which Host reaches it, and a store asks for credentials that no browser sends unasked.
 * A local deployment has neither, and any page may make a browser send requests to a loopback address, or to a name
 * that it lets point there ("DNS rebinding"). So the setting LOCAL_HOSTS, which `npm start` makes, says that a
 * deployment is local, and the guard believes what a browser says about a request and no page can change.
 */

import { createMiddleware } from 'hono/factory';
import { hostName, isLoopback, type Problem, problem, problemResponse } from '../../src/protocol/index.ts';
import { authorityOf } from './plain-host.ts';

export interface LocalSettings {
  /**
   * If it is set, the deployment is on somebody's own machine. Names under which it may be addressed, besides the
   * loopback ones, with commas between them.
   */
  readonly LOCAL_HOSTS?: string;
}

export const localGuard = createMiddleware<{ readonly Bindings: object }>(async (c, next) => {
  const found = crossSiteProblem(c.req.raw, c.env);
  return found === undefined ? next() : problemResponse(found);
});

/** `settings`: undefined where a test has no bindings. */
export function crossSiteProblem(request: Request, settings: LocalSettings | undefined): Problem | undefined {
  const names = settings?.LOCAL_HOSTS;
  if (names === undefined || isOwn(request, names.split(','))) return undefined;
  const detail =
    'This store is a local one: it answers no page of another site, and only under a loopback address or a name in LOCAL_HOSTS.';
  return problem('cross-site', detail);
}

/** Relies on a plain Host (plain-host.ts). */
function isOwn({ url, headers }: Request, names: readonly string[]): boolean {
  const asked = authorityOf(url).toLowerCase();
  const host = (headers.get('host') ?? asked).toLowerCase();
  // A request line may name another host than the header does, and counts more (RFC 9112 §3.2.2).
  for (const each of host === asked ? [host] : [host, asked]) {
    const name = hostName(each) ?? '';
    if (!isLoopback(name) && !names.includes(name)) return false;
  }
  const origin = headers.get('origin');
  if (origin !== null && origin !== `http://${host}` && origin !== `https://${host}`) return false;
  const site = headers.get('sec-fetch-site');
  // "none": somebody typed the address.
  return site === null || site === 'same-origin' || site === 'none';
}
