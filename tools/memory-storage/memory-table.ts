import { assertRow } from '../../src/storage/limits.ts';
import { takeRows } from '../../src/storage/scan.ts';
import { SortedRows } from '../../src/storage/sorted-rows.ts';
import type { KeyRange, Row, ScanLimit, Table } from '../../src/storage/table.ts';

export class MemoryTable implements Table {
  readonly #rows: SortedRows<Uint8Array>;

  constructor(rows: Iterable<readonly [string, Uint8Array]> = []) {
    this.#rows = new SortedRows(rows);
  }

  get(key: string): Uint8Array | undefined {
    return this.#rows.get(key);
  }

  scan(range: KeyRange, limit: ScanLimit): readonly Row[] {
    return takeRows(this.rows(range), limit);
  }

  keys(range: KeyRange, limit: ScanLimit): readonly string[] {
    return this.scan(range, limit).map(({ key }) => key);
  }

  put(key: string, value: Uint8Array): void {
    assertRow(key, value);
    this.#rows.set(key, value);
  }

  delete(key: string): void {
    this.#rows.delete(key);
  }

  /** Must be walked before the table changes again. */
  *rows(range: KeyRange): Generator<Row, void> {
    for (const [key, value] of this.#rows.entries(range)) yield { key, value };
  }

  /** Shares the values, which nobody writes into. */
  copy(): MemoryTable {
    return new MemoryTable(this.#rows.map);
  }
}
