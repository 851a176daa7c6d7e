import type { RowChanges } from './replica-storage.ts';
import type { KeyRange, Row, ScanLimit, TableReader } from './table.ts';

export interface RowCacheLimits {
  /** Bytes of keys and values, and of what a row costs beside them. */
  readonly cacheBytesMax: number;
  /** A longer value is read again each time. */
  readonly cachedValueBytesMax: number;
}

/** What a row takes in a map, beside the bytes of its key and its value: about. */
const ROW_MEMORY_BYTES = 128;

/** Bytes of memory that a row takes; of a deleted one, what it takes to remember that. */
export function rowMemoryBytes(key: string, value: Uint8Array | undefined): number {
  return 2 * key.length + (value?.byteLength ?? 0) + ROW_MEMORY_BYTES;
}

/**
 * A value to be kept. One that is a view of more, as the rows of a part of a shard are, would keep all of that in memory,
 * a megabyte for a hundred bytes.
 */
export function ownBytes(value: Uint8Array): Uint8Array {
  return value.byteLength === value.buffer.byteLength ? value : value.slice();
}

/** A table, and in front of it the small rows that were used last, and which ones are not there. */
export class RowCache implements TableReader {
  readonly #table: TableReader;
  readonly #limits: RowCacheLimits;
  /** The one that was used last comes last. */
  readonly #rows = new Map<string, Uint8Array | undefined>();
  #bytes = 0;

  constructor(table: TableReader, limits: RowCacheLimits) {
    this.#table = table;
    this.#limits = limits;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): Uint8Array | undefined {
    const value = this.#rows.has(key) ? this.#rows.get(key) : this.#table.get(key);
    this.#keep(key, value);
    return value;
  }

  scan(range: KeyRange, limit: ScanLimit): readonly Row[] {
    return this.#table.scan(range, limit);
  }

  keys(range: KeyRange, limit: ScanLimit): readonly string[] {
    return this.#table.keys(range, limit);
  }

  /** The table was changed. */
  changed(changes: RowChanges): void {
    for (const [key, value] of changes) this.#keep(key, value);
  }

  /** Another table has taken the place of the table. */
  clear(): void {
    this.#rows.clear();
    this.#bytes = 0;
  }

  #keep(key: string, value: Uint8Array | undefined): void {
    this.#drop(key);
    if (value !== undefined && value.byteLength > this.#limits.cachedValueBytesMax) return;
    this.#rows.set(key, value && ownBytes(value));
    this.#bytes += rowMemoryBytes(key, value);
    for (const oldest of this.#rows.keys()) {
      if (this.#bytes <= this.#limits.cacheBytesMax) return;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    if (!this.#rows.has(key)) return;
    this.#bytes -= rowMemoryBytes(key, this.#rows.get(key));
    this.#rows.delete(key);
  }
}
