import { assertRow } from './limits.ts';
import type { RowChanges } from './replica-storage.ts';
import { overlaidRows, pagedRows, takeRows } from './scan.ts';
import { SortedRows } from './sorted-rows.ts';
import type { KeyRange, Row, ScanLimit, Table, TableReader } from './table.ts';

/** A table that keeps its changes to itself: what a turn does to the state, before it is written as one. */
export class OverlayTable implements Table {
  readonly #base: TableReader;
  readonly #changes = new SortedRows<Uint8Array | undefined>();

  constructor(base: TableReader) {
    this.#base = base;
  }

  get changes(): RowChanges {
    return this.#changes.map;
  }

  get(key: string): Uint8Array | undefined {
    return this.#changes.get(key) ?? (this.#changes.has(key) ? undefined : this.#base.get(key));
  }

  scan(range: KeyRange, limit: ScanLimit): readonly Row[] {
    if (this.changes.size === 0) return this.#base.scan(range, limit);
    // Each change hides at most one row of the base, so one page is mostly enough.
    const page = { rowsMax: limit.rowsMax + this.changes.size, bytesMax: limit.bytesMax };
    const base = pagedRows(this.#base, range, page);
    return takeRows(overlaidRows(base, this.#changes.entries(range)), limit);
  }

  keys(range: KeyRange, limit: ScanLimit): readonly string[] {
    // What is changed elsewhere in the table is no reason to read values here.
    if (this.#changes.entries(range).next().done) return this.#base.keys(range, limit);
    return this.scan(range, limit).map(({ key }) => key);
  }

  put(key: string, value: Uint8Array): void {
    assertRow(key, value);
    this.#changes.set(key, value);
  }

  /** Recorded even if the base has no such row: to look would cost a read of it. */
  delete(key: string): void {
    this.#changes.set(key, undefined);
  }
}
