/**
 * The part of CBOR (RFC 8949) that everything here is written in: unsigned integers, byte strings, arrays, true, false
 * and null, each in its shortest form. What has one meaning has one encoding, and everything else is refused.
 *
 * Texts are byte strings, since decoders of CBOR texts drop a leading U+FEFF or repair what is no UTF-8 (text.ts).
 */

import { decode, encode, Tokenizer } from 'cborg';
import { FormatError } from './format-error.ts';

export type Item = number | boolean | null | Uint8Array | readonly Item[];

const UNSIGNED = 0;
const BYTES = 2;
const ARRAY = 4;
const FALSE = 0xf4;
const TRUE = 0xf5;
const NULL = 0xf6;

const OPTIONS = { strict: true, allowIndefinite: false, allowUndefined: false, allowBigInt: false };

/** Lets through the items that we write, and no others; cborg holds them to their shortest form. */
class OurTokenizer extends Tokenizer {
  override next() {
    const first = this.data[this.pos()] ?? 0;
    const major = first >> 5;
    const isOurs =
      major === UNSIGNED ||
      major === BYTES ||
      major === ARRAY ||
      first === FALSE ||
      first === TRUE ||
      first === NULL;
    if (!isOurs) throw new FormatError(`an item begins with the byte ${first}`);
    return super.next();
  }
}

export function encodeItem(item: Item): Uint8Array {
  return encode(item);
}

/** Throws `FormatError` unless the bytes are exactly one item. */
export function decodeItem(bytes: Uint8Array): unknown {
  try {
    return decode(bytes, { ...OPTIONS, tokenizer: new OurTokenizer(bytes, OPTIONS) });
  } catch (error) {
    // Also a stack that overflows, from arrays within arrays.
    throw new FormatError('malformed CBOR', { cause: error });
  }
}
