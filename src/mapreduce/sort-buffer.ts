/**
 * The map side's memory: records lie as bytes in one arena, so that it holds exactly `spillBytesMax`, and no record
 * keeps alive the text it was cut from (a slice of a string keeps the whole string).
 *
 * 1. Records come out ordered by partition, then key bytes, then the order in which they were emitted.
 * 2. A record is in the arena whole, or not at all.
 */
import { invariant } from './invariant.ts';
import type { DataLimits } from './options.ts';
import { partitionOf } from './partition.ts';
import { compareBytes, type EncodedRecord } from './record.ts';

export interface PartitionedRecord extends EncodedRecord {
  readonly partition: number;
}

/** Gets the sorted records; they are views of the arena, and valid only until it returns. */
export type Spill = (records: Iterable<PartitionedRecord>) => void;

/** A UTF-16 code unit takes at most three bytes in UTF-8. */
const UTF8_BYTES_PER_UNIT_MAX = 3;

/** A record that no chunk could hold: the application's mistake, not the system's. */
export class RecordTooLargeError extends Error {
  override readonly name = 'RecordTooLargeError';
}

export class SortBuffer {
  readonly #limits: DataLimits;
  readonly #reduceTasks: number;
  readonly #spill: Spill;
  readonly #encoder = new TextEncoder();
  readonly #arena: Uint8Array;
  readonly #partitions: Uint16Array;
  /** The first four bytes of each key: most comparisons need no more. */
  readonly #prefixes: Uint32Array;
  readonly #keyStarts: Uint32Array;
  readonly #valueStarts: Uint32Array;
  readonly #ends: Uint32Array;
  #used = 0;
  #count = 0;

  constructor(reduceTasks: number, limits: DataLimits, spill: Spill) {
    invariant(
      limits.spillBytesMax >= UTF8_BYTES_PER_UNIT_MAX * limits.recordBytesMax,
      'the sort buffer has room for the largest record',
    );
    this.#limits = limits;
    this.#reduceTasks = reduceTasks;
    this.#spill = spill;
    this.#arena = new Uint8Array(limits.spillBytesMax);
    this.#partitions = new Uint16Array(limits.spillRecordsMax);
    this.#prefixes = new Uint32Array(limits.spillRecordsMax);
    this.#keyStarts = new Uint32Array(limits.spillRecordsMax);
    this.#valueStarts = new Uint32Array(limits.spillRecordsMax);
    this.#ends = new Uint32Array(limits.spillRecordsMax);
  }

  add(key: string, value: string): void {
    const units = key.length + value.length;
    if (units > this.#limits.recordBytesMax) throw this.#tooLarge(key);
    const bytesMax = units * UTF8_BYTES_PER_UNIT_MAX;
    if (this.#used + bytesMax > this.#arena.length || this.#count === this.#limits.spillRecordsMax)
      this.flush();

    const valueStart = this.#used + this.#encoder.encodeInto(key, this.#arena.subarray(this.#used)).written;
    const end = valueStart + this.#encoder.encodeInto(value, this.#arena.subarray(valueStart)).written;
    if (end - this.#used > this.#limits.recordBytesMax) throw this.#tooLarge(key);

    const keyBytes = this.#arena.subarray(this.#used, valueStart);
    this.#partitions[this.#count] = partitionOf(keyBytes, this.#reduceTasks);
    this.#prefixes[this.#count] = prefixOf(keyBytes);
    this.#keyStarts[this.#count] = this.#used;
    this.#valueStarts[this.#count] = valueStart;
    this.#ends[this.#count] = end;
    this.#count += 1;
    this.#used = end;
  }

  flush(): void {
    if (this.#count === 0) return;
    this.#spill(this.#sorted());
    this.#used = 0;
    this.#count = 0;
  }

  *#sorted(): Generator<PartitionedRecord> {
    const order = Uint32Array.from({ length: this.#count }, (_, position) => position);
    order.sort((left, right) => this.#compare(left, right));
    for (const position of order) {
      const record = this.#at(position);
      yield { partition: this.#partitions[position] ?? 0, key: record.key, value: record.value };
    }
  }

  #compare(left: number, right: number): number {
    const byPartition = (this.#partitions[left] ?? 0) - (this.#partitions[right] ?? 0);
    if (byPartition !== 0) return byPartition;
    const byPrefix = (this.#prefixes[left] ?? 0) - (this.#prefixes[right] ?? 0);
    if (byPrefix !== 0) return byPrefix;
    return compareBytes(this.#at(left).key, this.#at(right).key) || left - right;
  }

  #at(position: number): EncodedRecord {
    const valueStart = this.#valueStarts[position] ?? 0;
    return {
      key: this.#arena.subarray(this.#keyStarts[position], valueStart),
      value: this.#arena.subarray(valueStart, this.#ends[position]),
    };
  }

  #tooLarge(key: string): RecordTooLargeError {
    const limit = this.#limits.recordBytesMax;
    return new RecordTooLargeError(
      `the record of key ${JSON.stringify(key.slice(0, 40))} is larger than ${limit} bytes`,
    );
  }
}

/** Big endian, padded with zeros: ordered as the bytes are, but for a tie between a short key and one with zero bytes. */
function prefixOf(key: Uint8Array): number {
  return ((key[0] ?? 0) * 2 ** 24 + ((key[1] ?? 0) << 16) + ((key[2] ?? 0) << 8) + (key[3] ?? 0)) >>> 0;
}
