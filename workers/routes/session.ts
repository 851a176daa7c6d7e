import type { Session } from '../../src/kv/index.ts';
import { HEADERS, parseInteger } from '../../src/protocol/index.ts';

/**
 * The session of a write: undefined when the request names none. Whether the client id is one that was ever issued
 * is for the store to say.
 */
export function readSession(headers: Headers): Session | undefined | 'malformed' {
  const client = headers.get(HEADERS.client);
  const text = headers.get(HEADERS.sequence);
  if (client === null && text === null) return undefined;
  const sequence = text === null ? undefined : parseInteger(text, 1);
  return client === null || sequence === undefined ? 'malformed' : { client, sequence };
}
