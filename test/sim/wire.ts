/** What becomes of a message between two replicas that may run different versions of the code. */

import { decode, encode } from 'cborg';
import { decodeMessage, encodeMessage, MessageFormatError } from '../../src/protocol/index.ts';
import type { Message } from '../../src/raft/index.ts';

/**
 * Undefined when the receiver cannot read it. The version after this one is imagined: it names its format, and has its
 * numbers in another order, so that whoever guesses gets them wrong.
 */
export function translate<M extends Message>(
  message: M,
  from: 'this' | 'next',
  to: 'this' | 'next',
): M | undefined {
  if (from === 'next' && to === 'next') return message;
  const bytes = from === 'next' ? encodeAsNext(message) : encodeMessage(message);
  if (to === 'next') return undefined;
  try {
    return decodeMessage(bytes) as M;
  } catch (error) {
    if (error instanceof MessageFormatError) return undefined;
    throw error;
  }
}

function encodeAsNext(message: Message): Uint8Array {
  const [format, type, from, to, term, ...rest]: unknown[] = decode(encodeMessage(message));
  return encode([Number(format) + 1, type, term, from, to, ...rest.toReversed()]);
}
