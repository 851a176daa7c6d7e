import { decodeKey, encodeKey } from './keys.ts';
import { assertRow } from './limits.ts';
import type { RowChanges } from './replica-storage.ts';
import { pagedRows, takeRows } from './scan.ts';
import { prepareSchema, type StateTableName } from './schema.ts';
import { runInBatches } from './sql-batches.ts';
import { bytesCell, type SqlPort, type SqlRow } from './sql-port.ts';
import type { KeyRange, Row, ScanLimit, Table } from './table.ts';

/** Rows fetched at once, so that a scan of large rows ends soon after its limit of bytes. */
const PAGE_ROWS_MAX = 32;

/** Comes after each key: UTF-8 has no such byte. */
const AFTER_ALL_KEYS = new Uint8Array([0xff]);

/** A table of its own, for a service that is not replicated. */
export function openSqlTable(port: SqlPort): Table {
  port.transaction(() => prepareSchema(port, ['state_0']));
  return new SqlTable(port, 'state_0');
}

/** One table of rows. Transactions are the caller's. */
export class SqlTable implements Table {
  readonly name: StateTableName;
  readonly #port: SqlPort;

  constructor(port: SqlPort, name: StateTableName) {
    this.#port = port;
    this.name = name;
  }

  get(key: string): Uint8Array | undefined {
    const [row] = this.#port.query(`SELECT value FROM ${this.name} WHERE key = ?`, encodeKey(key));
    return row === undefined ? undefined : bytesCell(row, 0);
  }

  scan(range: KeyRange, limit: ScanLimit): readonly Row[] {
    return scanInPages(range, limit, (from, to, rowsMax) =>
      this.#port.query(
        `SELECT key, value FROM ${this.name} WHERE key >= ? AND key < ? ORDER BY key LIMIT ?`,
        from,
        to,
        rowsMax,
      ),
    );
  }

  put(key: string, value: Uint8Array): void {
    this.putAll([{ key, value }]);
  }

  delete(key: string): void {
    this.#deleteAll([key]);
  }

  putAll(rows: readonly Row[]): void {
    for (const { key, value } of rows) assertRow(key, value);
    runInBatches(
      this.#port,
      (values) => `REPLACE INTO ${this.name} (key, value) VALUES ${values}`,
      rows.map(({ key, value }) => [encodeKey(key), value]),
    );
  }

  change(changes: RowChanges): void {
    const rows: Row[] = [];
    const deleted: string[] = [];
    for (const [key, value] of changes) {
      if (value === undefined) deleted.push(key);
      else rows.push({ key, value });
    }
    this.putAll(rows);
    this.#deleteAll(deleted);
  }

  #deleteAll(keys: readonly string[]): void {
    runInBatches(
      this.#port,
      (values) => `DELETE FROM ${this.name} WHERE key IN (VALUES ${values})`,
      keys.map((key) => [encodeKey(key)]),
    );
  }
}

/** `query` answers [key, value] rows with `from` <= key < `to`, in order, at most `rowsMax`. */
export function scanInPages(
  range: KeyRange,
  limit: ScanLimit,
  query: (from: Uint8Array, to: Uint8Array, rowsMax: number) => readonly SqlRow[],
): readonly Row[] {
  const to = range.to === undefined ? AFTER_ALL_KEYS : encodeKey(range.to);
  const reader = {
    scan: ({ from }: KeyRange, { rowsMax }: ScanLimit): readonly Row[] =>
      query(encodeKey(from), to, rowsMax).map((row) => ({
        key: decodeKey(bytesCell(row, 0)),
        value: bytesCell(row, 1),
      })),
  };
  const page = { rowsMax: Math.min(limit.rowsMax, PAGE_ROWS_MAX), bytesMax: limit.bytesMax };
  return takeRows(pagedRows(reader, range, page), limit);
}
