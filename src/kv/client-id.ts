import type { KvSettings } from './limits.ts';

/**
 * A client id is the time it was issued, in milliseconds and base 36, a dash, and a random part that makes it unique:
 * `0mbx2k3f4-q7Jd0_ZsT1`. The time has as many digits in every id, so the order of ids is the order in which they were
 * issued; that order lets a shard tell a client it has never seen from one it has forgotten (sessions.ts). The alphabet
 * is ASCII, so that characters are bytes.
 */
const CLIENT_ID = /^([0-9a-z]{9})-[0-9A-Za-z_-]+$/;
const TIME_DIGITS = 9;

/** `random` is of `0-9 A-Z a-z _ -`, and unlikely enough never to be drawn twice in a millisecond. */
export function formatClientId(issuedAtMs: number, random: string): string {
  return `${issuedAtMs.toString(36).padStart(TIME_DIGITS, '0')}-${random}`;
}

/** Undefined when `client` is no client id. */
export function issuedAtMs(client: string, settings: KvSettings): number | undefined {
  if (client.length > settings.clientIdBytesMax) return undefined;
  const time = CLIENT_ID.exec(client)?.[1];
  return time === undefined ? undefined : Number.parseInt(time, 36);
}

/**
 * At this age a client must take a new id, as soon as it has no call outstanding: then each call begins with at least
 * half of the open window left, so that it may go to a shard the client has never written to, and be resent there.
 */
export function clientIdRenewMs(settings: KvSettings): number {
  return settings.sessionOpenWindowMs / 2;
}
