/**
 * Intermediate records as bytes. A chunk is a version byte, then records one after another: length of the key, length
 * of the value (both LEB128), key, value. Keys are ordered by their bytes, so that sorting and merging need no strings.
 */
import { invariant } from '../protocol/index.ts';

const CHUNK_VERSION = 1;
const LENGTH_BYTES_MAX = 5;

export interface EncodedRecord {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

export const EMPTY_CHUNK: Uint8Array = Uint8Array.of(CHUNK_VERSION);

// `ignoreBOM` keeps a leading U+FEFF: it belongs to the key. A lone surrogate becomes U+FFFD, here as anywhere.
const decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });
const encoder = new TextEncoder();

export const decodeText = (bytes: Uint8Array): string => decoder.decode(bytes);
export const encodeText = (text: string): Uint8Array => encoder.encode(text);

export function compareBytes(left: Uint8Array, right: Uint8Array): number {
  const common = Math.min(left.length, right.length);
  for (let at = 0; at < common; at += 1) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** Fills chunks of at most `chunkBytesMax`; a record that is larger by itself gets a chunk of its own. */
export class ChunkBuilder {
  readonly #chunkBytesMax: number;
  #bytes: Uint8Array;
  #length = 1;

  constructor(chunkBytesMax: number) {
    this.#chunkBytesMax = chunkBytesMax;
    this.#bytes = new Uint8Array(chunkBytesMax);
  }

  get empty(): boolean {
    return this.#length === 1;
  }

  /** False when the chunk is too full: take it first. */
  append(record: EncodedRecord): boolean {
    const bytesMax = this.#length + 2 * LENGTH_BYTES_MAX + record.key.length + record.value.length;
    if (bytesMax > this.#chunkBytesMax && !this.empty) return false;
    if (bytesMax > this.#bytes.length) this.#bytes = new Uint8Array(bytesMax);
    this.#length = writeLength(this.#bytes, this.#length, record.key.length);
    this.#length = writeLength(this.#bytes, this.#length, record.value.length);
    this.#bytes.set(record.key, this.#length);
    this.#bytes.set(record.value, this.#length + record.key.length);
    this.#length += record.key.length + record.value.length;
    return true;
  }

  take(): Uint8Array {
    const chunk = this.#bytes.slice(0, this.#length);
    chunk[0] = CHUNK_VERSION;
    this.#length = 1;
    if (this.#bytes.length > this.#chunkBytesMax) this.#bytes = new Uint8Array(this.#chunkBytesMax);
    return chunk;
  }
}

function writeLength(bytes: Uint8Array, start: number, length: number): number {
  let rest = length;
  let at = start;
  for (; rest > 0x7f; at += 1) {
    bytes[at] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[at] = rest;
  return at + 1;
}

/** The records of a chunk are views of its bytes: nothing is copied. */
export class ChunkReader {
  readonly #bytes: Uint8Array;
  #at = 1;

  constructor(bytes: Uint8Array) {
    invariant(bytes[0] === CHUNK_VERSION, `a chunk of version ${bytes[0]} cannot be read`);
    this.#bytes = bytes;
  }

  next(): EncodedRecord | undefined {
    if (this.#at === this.#bytes.length) return undefined;
    const keyLength = this.#readLength();
    const valueLength = this.#readLength();
    const valueAt = this.#at + keyLength;
    const end = valueAt + valueLength;
    invariant(end <= this.#bytes.length, 'a chunk ends inside a record');
    const record = {
      key: this.#bytes.subarray(this.#at, valueAt),
      value: this.#bytes.subarray(valueAt, end),
    };
    this.#at = end;
    return record;
  }

  #readLength(): number {
    let length = 0;
    for (let shift = 0; shift < 7 * LENGTH_BYTES_MAX; shift += 7) {
      const byte = this.#bytes[this.#at];
      invariant(byte !== undefined, 'a chunk ends inside a length');
      this.#at += 1;
      length += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return length;
    }
    throw new RangeError('a length in a chunk has too many bytes');
  }
}
