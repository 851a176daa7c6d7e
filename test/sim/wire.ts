/** What becomes of a message between two replicas that may run different versions of the code. */

import { decode, encode } from 'cborg';
import type { Message } from '../../src/raft/index.ts';
import { MESSAGE } from '../../src/replica/index.ts';

/**
 * Undefined when the receiver cannot read it. The version after this one is imagined: it names its format, and counts from
 * one where this one counts from zero. So whoever guesses reads the whole message, and gets its numbers wrong.
 */
export function translate<M extends Message>(
  message: M,
  from: 'this' | 'next',
  to: 'this' | 'next',
): M | undefined {
  if (from === 'next' && to === 'next') return message;
  const bytes = from === 'next' ? encodeAsNext(message) : MESSAGE.encode(message);
  if (to === 'next') return undefined;
  return MESSAGE.tryDecode(bytes) as M | undefined;
}

function encodeAsNext(message: Message): Uint8Array {
  const [format = 0, ...body] = MESSAGE.encode(message);
  const [type, from, to, term, ...rest]: unknown[] = decode(Uint8Array.from(body));
  const counted = rest.map((item) => (typeof item === 'number' ? item + 1 : item));
  return Uint8Array.of(format + 1, ...encode([type, from, to, term, ...counted]));
}
