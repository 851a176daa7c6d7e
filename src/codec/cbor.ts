/**
 * The part of CBOR (RFC 8949) that everything here is written in: unsigned integers, byte strings, arrays, true, false
 * and null, each in its shortest form. Texts are byte strings, since decoders of CBOR texts drop a leading U+FEFF or
 * repair what is no UTF-8 (text.ts). So small a part is written and read here, and not by a library, because all that
 * a command costs in bytes passes through it a dozen times (docs/decisions/0007).
 *
 * codec.C1  What has one meaning has one encoding, and everything else is refused.
 * codec.C2  Nothing is allocated for a length that the bytes do not have.
 */

import { FormatError } from './format-error.ts';

export type Item = number | boolean | null | Uint8Array | readonly Item[];

const UNSIGNED = 0;
const BYTES = 2;
const ARRAY = 4;
const FALSE = 0xf4;
const TRUE = 0xf5;
const NULL = 0xf6;

/** The first byte says a number below 24 by itself, a larger one by the bytes that follow: 1, 2, 4 or 8. */
const IN_FIRST_BYTE = 24;
const TWO_32 = 2 ** 32;
/** No shape is so deep. */
const DEPTH_MAX = 64;
/** What most values fit in. A larger one gets a buffer of its own. */
const BUFFER_BYTES = 1 << 14;

const shared = new Uint8Array(BUFFER_BYTES);

/** The item behind the bytes of `prefix`. */
export function encodeItem(item: Item, prefix: readonly number[] = []): Uint8Array {
  const lengthMax = prefix.length + lengthAtMost(item);
  const buffer = lengthMax <= BUFFER_BYTES ? shared : new Uint8Array(lengthMax);
  buffer.set(prefix);
  return buffer.slice(0, write(buffer, prefix.length, item));
}

/** Throws `FormatError` unless the bytes from `start` on are exactly one item. Byte strings are views of `bytes`. */
export function decodeItem(bytes: Uint8Array, start = 0): unknown {
  const reader = new ItemReader(bytes, start);
  const item = reader.read(0);
  if (reader.at !== bytes.length) throw new FormatError('bytes follow the item');
  return item;
}

function lengthAtMost(item: Item): number {
  if (item instanceof Uint8Array) return 9 + item.length;
  if (typeof item !== 'object' || item === null) return 9;
  let length = 9;
  for (const each of item) length += lengthAtMost(each);
  return length;
}

/** Returns where the next byte goes. */
function write(buffer: Uint8Array, at: number, item: Item): number {
  if (typeof item === 'number') return writeHead(buffer, at, UNSIGNED, item);
  if (item instanceof Uint8Array) {
    const begin = writeHead(buffer, at, BYTES, item.length);
    buffer.set(item, begin);
    return begin + item.length;
  }
  if (typeof item === 'object' && item !== null) {
    let next = writeHead(buffer, at, ARRAY, item.length);
    for (const each of item) next = write(buffer, next, each);
    return next;
  }
  buffer[at] = item === null ? NULL : item ? TRUE : FALSE;
  return at + 1;
}

function writeHead(buffer: Uint8Array, at: number, major: number, value: number): number {
  if (!Number.isSafeInteger(value) || value < 0) throw new FormatError(`${value} is no natural number`);
  const high = major << 5;
  if (value < IN_FIRST_BYTE) {
    buffer[at] = high | value;
    return at + 1;
  }
  // 24, 25, 26 and 27 stand for 1, 2, 4 and 8 bytes.
  const power = value < 0x100 ? 0 : value < 0x1_0000 ? 1 : value < TWO_32 ? 2 : 3;
  const end = at + (1 << power);
  buffer[at] = high | (IN_FIRST_BYTE + power);
  for (let rest = value, byte = end; byte > at; byte -= 1) {
    buffer[byte] = rest % 0x100;
    rest = Math.floor(rest / 0x100);
  }
  return end + 1;
}

class ItemReader {
  readonly #bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.at = start;
  }

  read(depth: number): unknown {
    const first = this.#bytes[this.at];
    if (first === undefined) throw new FormatError('the bytes end too early');
    switch (first) {
      case FALSE:
      case TRUE:
      case NULL:
        this.at += 1;
        return first === NULL ? null : first === TRUE;
      default:
        return this.#readSized(first >> 5, this.#readHead(first & 0x1f), depth);
    }
  }

  #readSized(major: number, value: number, depth: number): unknown {
    switch (major) {
      case UNSIGNED:
        return value;
      case BYTES:
        this.#expect(value);
        this.at += value;
        return this.#bytes.subarray(this.at - value, this.at);
      case ARRAY: {
        // Each item has a byte at least.
        this.#expect(value);
        if (depth === DEPTH_MAX) throw new FormatError('arrays within arrays without end');
        const items: unknown[] = [];
        for (let count = 0; count < value; count += 1) items.push(this.read(depth + 1));
        return items;
      }
      default:
        throw new FormatError(`an item of major type ${major}`);
    }
  }

  #readHead(info: number): number {
    this.at += 1;
    if (info < IN_FIRST_BYTE) return info;
    if (info > IN_FIRST_BYTE + 3) throw new FormatError(`additional information ${info}`);
    const size = 1 << (info - IN_FIRST_BYTE);
    this.#expect(size);
    let value = 0;
    for (const end = this.at + size; this.at < end; this.at += 1) {
      value = value * 0x100 + (this.#bytes[this.at] ?? 0);
    }
    // The least that needs so many bytes: 24, 2^8, 2^16, 2^32.
    const least = size === 1 ? IN_FIRST_BYTE : 2 ** (4 * size);
    if (value < least || !Number.isSafeInteger(value)) throw new FormatError(`a number in ${size} bytes`);
    return value;
  }

  #expect(length: number): void {
    if (length > this.#bytes.length - this.at) throw new FormatError('the bytes end too early');
  }
}
