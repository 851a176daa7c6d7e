/**
 * The map side's memory: records lie as bytes in one arena, so that it holds exactly `spillBytesMax`, and no record
 * keeps alive the text it was cut from (a slice of a string keeps the whole string).
 *
 * mapreduce.B1  Records come out ordered by partition, then key bytes, then the order in which they were emitted.
 * mapreduce.B2  A record is in the arena whole, or not at all.
 */
import { type EncodedRecord, encodeLooseTextInto, FormatError, fnv1a } from '../codec/index.ts';
import { invariant } from '../raft/index.ts';
import { HopelessError } from './application.ts';
import type { DataLimits } from './options.ts';

export interface PartitionedRecord extends EncodedRecord {
  readonly partition: number;
}

const WITHOUT_TOP_BIT = 0x7fff_ffff;
const BYTE_VALUES = 256;
const PREFIX_BYTES = 5;
const PREFIX_VALUES = BYTE_VALUES ** PREFIX_BYTES;

/** A UTF-16 code unit takes at most three bytes in UTF-8. */
const UTF8_BYTES_PER_UNIT_MAX = 3;

/** As much of a key as a name and an offset may take. */
const SHOWN_KEY_LENGTH = 1_100;

/** A record that no chunk could hold: the application's mistake, not the system's. */
export class RecordTooLargeError extends HopelessError {
  override readonly name = 'RecordTooLargeError';
}

export class SortBuffer {
  readonly #limits: DataLimits;
  readonly #reduceTasks: number;
  readonly #arena: Uint8Array;
  /** Partition and the key's first bytes as one number: most comparisons need no more. */
  readonly #ranks: Float64Array;
  readonly #valueStarts: Uint32Array;
  /** Where the next record begins. */
  readonly #ends: Uint32Array;
  #used = 0;
  #count = 0;

  constructor(reduceTasks: number, limits: DataLimits) {
    invariant(
      limits.spillBytesMax >= UTF8_BYTES_PER_UNIT_MAX * limits.recordBytesMax,
      'the sort buffer has room for the largest record',
    );
    this.#limits = limits;
    this.#reduceTasks = reduceTasks;
    this.#arena = new Uint8Array(limits.spillBytesMax);
    this.#ranks = new Float64Array(limits.spillRecordsMax);
    this.#valueStarts = new Uint32Array(limits.spillRecordsMax);
    this.#ends = new Uint32Array(limits.spillRecordsMax);
  }

  /** False when the buffer is too full: write what is in it first, and clear it. */
  add(key: string, value: string): boolean {
    if (!key.isWellFormed()) throw new FormatError('a key has half of a surrogate pair');
    const units = key.length + value.length;
    if (units > this.#limits.recordBytesMax) throw this.#tooLarge(key);
    const bytesMax = units * UTF8_BYTES_PER_UNIT_MAX;
    if (this.#used + bytesMax > this.#arena.length || this.#count === this.#limits.spillRecordsMax)
      return false;

    const valueStart = this.#used + encodeLooseTextInto(key, this.#arena.subarray(this.#used));
    const end = valueStart + encodeLooseTextInto(value, this.#arena.subarray(valueStart));
    if (end - this.#used > this.#limits.recordBytesMax) throw this.#tooLarge(key);

    const keyBytes = this.#arena.subarray(this.#used, valueStart);
    this.#ranks[this.#count] = rankOf(partitionOf(keyBytes, this.#reduceTasks), keyBytes);
    this.#valueStarts[this.#count] = valueStart;
    this.#ends[this.#count] = end;
    this.#count += 1;
    this.#used = end;
    return true;
  }

  clear(): void {
    this.#used = 0;
    this.#count = 0;
  }

  /** The records are views of the arena, and valid until it is cleared. */
  *sorted(): Generator<PartitionedRecord> {
    const order = Uint32Array.from({ length: this.#count }, (_, position) => position);
    order.sort((left, right) => this.#compare(left, right));
    for (const position of order) {
      const valueStart = this.#valueStarts[position] ?? 0;
      yield {
        partition: Math.floor((this.#ranks[position] ?? 0) / PREFIX_VALUES),
        key: this.#arena.subarray(this.#ends[position - 1] ?? 0, valueStart),
        value: this.#arena.subarray(valueStart, this.#ends[position]),
      };
    }
  }

  #compare(left: number, right: number): number {
    return (
      (this.#ranks[left] ?? 0) - (this.#ranks[right] ?? 0) || this.#compareKeys(left, right) || left - right
    );
  }

  /** In place: a view for each comparison would cost more than the comparison. */
  #compareKeys(left: number, right: number): number {
    const arena = this.#arena;
    const leftStart = this.#ends[left - 1] ?? 0;
    const rightStart = this.#ends[right - 1] ?? 0;
    const leftLength = (this.#valueStarts[left] ?? 0) - leftStart;
    const rightLength = (this.#valueStarts[right] ?? 0) - rightStart;
    const common = Math.min(leftLength, rightLength);
    for (let at = 0; at < common; at += 1) {
      const difference = (arena[leftStart + at] ?? 0) - (arena[rightStart + at] ?? 0);
      if (difference !== 0) return difference;
    }
    return leftLength - rightLength;
  }

  #tooLarge(key: string): RecordTooLargeError {
    const limit = this.#limits.recordBytesMax;
    return new RecordTooLargeError(
      `the record of key ${JSON.stringify(key.slice(0, SHOWN_KEY_LENGTH).toWellFormed())} is larger than ${limit} bytes`,
    );
  }
}

/** Which reduce task a key belongs to, by the lab's `ihash`: FNV-1a over its UTF-8 bytes, the top bit cleared. */
export function partitionOf(key: Uint8Array, reduceTasks: number): number {
  return (fnv1a(key) & WITHOUT_TOP_BIT) % reduceTasks;
}

/** Ordered as partition and key are; equal ranks say nothing. Padded with zeros, exact in a double. */
function rankOf(partition: number, key: Uint8Array): number {
  let rank = partition;
  for (let at = 0; at < PREFIX_BYTES; at += 1) rank = rank * BYTE_VALUES + (key[at] ?? 0);
  return rank;
}
