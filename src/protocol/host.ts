import { parseInteger } from './integer.ts';

/** A name or an IPv4 address, or an IPv6 address in brackets, and perhaps a port. */
const PLAIN_HOST = /^([a-z\d](?:[a-z\d._-]*[a-z\d.])?|\[[\da-f:.]+\])(?::(\d+))?$/;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;
const PORT_MAX = 65_535;

/**
 * The name in a Host header without its port, in lower case, or undefined if the header holds anything else (RFC 9110
 * §7.2). A host of servers that writes a request's address by putting Host and request line one after the other makes
 * of `Host: a/v1/cluster?` another path than the one on the request line.
 */
export function hostName(host: string): string | undefined {
  const [, name, port] = PLAIN_HOST.exec(host.toLowerCase()) ?? [];
  return port === undefined || parseInteger(port, 0, PORT_MAX) !== undefined ? name : undefined;
}

/** Names that only this machine answers to, whatever a name server says. */
export function isLoopback(name: string): boolean {
  return LOOPBACK.test(name);
}
