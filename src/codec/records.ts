/**
 * Pairs of bytes, one after another in chunks, which a sort or a merge reads and writes millions of. After the number
 * of the format, for each record:
 *
 *   the length of the key | the length of the value (both LEB128, in as few bytes as there can be) | the key | the value
 *
 * Not CBOR: nothing is copied, and no item is made for a record that is only passed on.
 */
import { FormatError } from './format-error.ts';

const FORMAT = 1;
const LENGTH_BYTES_MAX = 5;

export interface EncodedRecord {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

export const EMPTY_CHUNK: Uint8Array = Uint8Array.of(FORMAT);

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
    chunk[0] = FORMAT;
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

/** The records are views of `bytes`. Throws `FormatError`, at the record that is malformed. */
export function* readChunk(bytes: Uint8Array): Generator<EncodedRecord, void> {
  if (bytes[0] !== FORMAT) {
    throw new FormatError(`records: format ${bytes[0]} is unknown; this code knows ${FORMAT}`);
  }
  let at = 1;
  const readLength = (): number => {
    let length = 0;
    for (let shift = 0; shift < 7 * LENGTH_BYTES_MAX; shift += 7) {
      const byte = bytes[at];
      if (byte === undefined) throw new FormatError('a chunk ends inside a length');
      at += 1;
      length += (byte & 0x7f) * 2 ** shift;
      if (byte >= 0x80) continue;
      if (byte === 0 && shift > 0) break;
      return length;
    }
    throw new FormatError('a length in a chunk has too many bytes');
  };
  while (at < bytes.length) {
    const keyLength = readLength();
    const valueLength = readLength();
    const valueAt = at + keyLength;
    const end = valueAt + valueLength;
    if (end > bytes.length) throw new FormatError('a chunk ends inside a record');
    yield { key: bytes.subarray(at, valueAt), value: bytes.subarray(valueAt, end) };
    at = end;
  }
}
