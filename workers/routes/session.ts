import type { Session } from '../../src/kv/index.ts';
import { HEADERS } from '../../src/protocol/index.ts';

/**
 * The session of a write: undefined when the request names none. Whether the client id is one that was ever issued
 * is for the store to say.
 */
export function readSession(headers: Headers): Session | undefined | 'malformed' {
  const client = headers.get(HEADERS.client);
  const sequence = headers.get(HEADERS.sequence);
  if (client === null && sequence === null) return undefined;
  if (client === null || sequence === null || !/^[1-9]\d*$/.test(sequence)) return 'malformed';
  return Number.isSafeInteger(Number(sequence)) ? { client, sequence: Number(sequence) } : 'malformed';
}
