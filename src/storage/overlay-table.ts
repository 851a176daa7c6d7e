import { assertRow } from './limits.ts';
import type { RowChanges } from './replica-storage.ts';
import { overlaidRows, pagedRows, takeRows } from './scan.ts';
import { SortedRows } from './sorted-rows.ts';
import type { KeyRange, Row, ScanLimit, Table, TableReader } from './table.ts';

/** Of a page of the base, how many a scan expects to be changed at most. */
const HIDDEN_ROWS = 64;

/** A table that keeps its changes to itself: what a turn does to the state, before it is written as one. */
export class OverlayTable implements Table {
  readonly #base: TableReader;
  readonly #changes = new SortedRows<Uint8Array | undefined>();
  #bytes = 0;

  constructor(base: TableReader) {
    this.#base = base;
  }

  /**
   * Of all rows that were put, deleted or read so far, each time that they were: whatever is kept of them in memory, here
   * or by whoever read them, is no more.
   */
  get bytes(): number {
    return this.#bytes;
  }

  get changes(): RowChanges {
    return this.#changes.map;
  }

  get(key: string): Uint8Array | undefined {
    const value = this.#changes.get(key) ?? (this.#changes.has(key) ? undefined : this.#base.get(key));
    if (value !== undefined) this.#bytes += key.length + value.byteLength;
    return value;
  }

  scan(range: KeyRange, limit: ScanLimit): readonly Row[] {
    const rows = this.#scan(range, limit);
    for (const { key, value } of rows) this.#bytes += key.length + value.byteLength;
    return rows;
  }

  keys(range: KeyRange, limit: ScanLimit): readonly string[] {
    // What is changed elsewhere in the table is no reason to read values here.
    if (this.#changes.entries(range).next().done) return this.#base.keys(range, limit);
    return this.scan(range, limit).map(({ key }) => key);
  }

  put(key: string, value: Uint8Array): void {
    assertRow(key, value);
    this.#bytes += key.length + value.byteLength;
    this.#changes.set(key, value);
  }

  /** Recorded even if the base has no such row: to look would cost a read of it. */
  delete(key: string): void {
    this.#bytes += key.length;
    this.#changes.set(key, undefined);
  }

  #scan(range: KeyRange, limit: ScanLimit): readonly Row[] {
    if (this.changes.size === 0) return this.#base.scan(range, limit);
    // Each change hides at most one row of the base, so one page is mostly enough.
    const hidden = Math.min(this.changes.size, HIDDEN_ROWS);
    const page = { rowsMax: limit.rowsMax + hidden, bytesMax: limit.bytesMax };
    const base = pagedRows(this.#base, range, page);
    return takeRows(overlaidRows(base, this.#changes.entries(range)), limit);
  }
}
