import { decodeLooseText, decodeText, encodeText, type RowChange } from '../codec/index.ts';
import { damagedRow, rowChecksum } from './damaged-disk.ts';
import { keyAfter } from './keys.ts';
import { assertRow } from './limits.ts';
import { LARGE_ROWS_OF, prepareSchema, SMALL_VALUE_BYTES_MAX, type StateTableName } from './schema.ts';
import { runInBatches } from './sql-batches.ts';
import { bytesCell, integerCell, type SqlPort, type SqlRow, type SqlValue } from './sql-port.ts';
import type { KeyRange, Row, ScanLimit, Table } from './table.ts';

/** Rows whose length is asked for at once. */
const PAGE_ROWS_MAX = 256;

/** Comes after each key: UTF-8 has no such byte. */
const AFTER_ALL_KEYS = new Uint8Array([0xff]);

/** A table of its own, for a service that is not replicated. */
export function openSqlTable(port: SqlPort): Table {
  port.transaction(() => prepareSchema(port, ['state_0', 'large_0']));
  return new SqlTable(port, 'state_0');
}

type TableOfRows = StateTableName | (typeof LARGE_ROWS_OF)[StateTableName];

/** The rows of one state, in two tables by their size. Transactions are the caller's. */
export class SqlTable implements Table {
  readonly name: StateTableName;
  readonly #large: TableOfRows;
  readonly #port: SqlPort;

  constructor(port: SqlPort, name: StateTableName) {
    this.#port = port;
    this.name = name;
    this.#large = LARGE_ROWS_OF[name];
  }

  get(key: string): Uint8Array | undefined {
    const [row] = this.#port.query(
      `SELECT value, sum FROM ${this.name} WHERE key = ?1 UNION ALL SELECT value, sum FROM ${this.#large} WHERE key = ?1`,
      encodeText(key),
    );
    return row && soundValue(this.name, encodeText(key), row[0], row[1]);
  }

  scan(range: KeyRange, limit: ScanLimit): readonly Row[] {
    return scanInPages(this.name, range, limit, this.#page);
  }

  keys(range: KeyRange, limit: ScanLimit): readonly string[] {
    return pagesOf(range, limit, this.#page).flatMap(({ keys }) => keys.map(decodeText));
  }

  put(key: string, value: Uint8Array): void {
    this.putAll([{ key, value }]);
  }

  delete(key: string): void {
    this.#deleteAll([key]);
  }

  putAll(rows: readonly Row[]): void {
    for (const { key, value } of rows) assertRow(key, value);
    const { small = [], large = [] } = Object.groupBy(rows, ({ value }) =>
      value.byteLength <= SMALL_VALUE_BYTES_MAX ? 'small' : 'large',
    );
    // What a key had in the other table goes.
    if (large.length > 0) deleteRows(this.#port, this.name, large.map(bytesOfKey));
    if (small.length > 0 && this.#hasLargeRows()) deleteRows(this.#port, this.#large, small.map(bytesOfKey));
    writeRows(this.#port, this.name, small);
    writeRows(this.#port, this.#large, large);
  }

  change(changes: Iterable<RowChange>): void {
    const rows: Row[] = [];
    const deleted: string[] = [];
    for (const [key, value] of changes) {
      if (value === undefined) deleted.push(key);
      else rows.push({ key, value });
    }
    this.putAll(rows);
    this.#deleteAll(deleted);
  }

  readonly #page: PageQuery = (columns, from, to, rowsMax) =>
    this.#port.query(
      `SELECT key, ${columns} FROM ${this.name} WHERE key >= ?1 AND key < ?2
       UNION ALL SELECT key, ${columns} FROM ${this.#large} WHERE key >= ?1 AND key < ?2
       ORDER BY key LIMIT ?3`,
      from,
      to,
      rowsMax,
    );

  #deleteAll(keys: readonly string[]): void {
    if (keys.length === 0) return;
    const bytes = keys.map(encodeText);
    deleteRows(this.#port, this.name, bytes);
    if (this.#hasLargeRows()) deleteRows(this.#port, this.#large, bytes);
  }

  #hasLargeRows(): boolean {
    return this.#port.query(`SELECT 1 FROM ${this.#large} LIMIT 1`).length > 0;
  }
}

function bytesOfKey({ key }: Row): Uint8Array {
  return encodeText(key);
}

function writeRows(port: SqlPort, table: TableOfRows, rows: readonly Row[]): void {
  runInBatches(
    port,
    // Not REPLACE, which deletes the row and writes it again, index and all.
    (values) =>
      `INSERT INTO ${table} (key, value, sum) VALUES ${values}
       ON CONFLICT (key) DO UPDATE SET value = excluded.value, sum = excluded.sum`,
    rows.map(({ key, value }) => {
      const bytes = encodeText(key);
      return [bytes, value, rowChecksum(bytes, value)];
    }),
  );
}

function deleteRows(port: SqlPort, table: TableOfRows, keys: readonly Uint8Array[]): void {
  runInBatches(
    port,
    (values) => `DELETE FROM ${table} WHERE key IN (VALUES ${values})`,
    keys.map((key) => [key]),
  );
}

/** What a scan asks of each row. SQLite knows the length of a value without reading it. */
export type ScannedColumns = 'value, sum' | 'length(value)';

/** Answers the keys from `from` up to `to`, without that, in order, at most `rowsMax`, and the column of each. */
type PageQuery = (
  columns: ScannedColumns,
  from: Uint8Array,
  to: Uint8Array,
  rowsMax: number,
) => readonly SqlRow[];

/** The lengths are asked for first: rows that do not fit would be megabytes of memory for nothing. */
export function scanInPages(
  table: StateTableName,
  range: KeyRange,
  limit: ScanLimit,
  query: PageQuery,
): readonly Row[] {
  return pagesOf(range, limit, query).flatMap(({ from, to, keys }) =>
    query('value, sum', from, to, keys.length).map((row) => toRow(table, row)),
  );
}

interface Page {
  readonly from: Uint8Array;
  readonly to: Uint8Array;
  readonly keys: readonly Uint8Array[];
}

/** Where the rows are that fit into the limits. */
function pagesOf(range: KeyRange, limit: ScanLimit, query: PageQuery): readonly Page[] {
  const to = range.to === undefined ? AFTER_ALL_KEYS : encodeText(range.to);
  const pages: Page[] = [];
  let from = encodeText(range.from);
  let rows = 0;
  let bytes = 0;
  while (rows < limit.rowsMax) {
    const rowsMax = Math.min(PAGE_ROWS_MAX, limit.rowsMax - rows);
    const keys: Uint8Array[] = [];
    for (const row of query('length(value)', from, to, rowsMax)) {
      bytes += rowLength(row);
      if (bytes > limit.bytesMax && rows + keys.length > 0) break;
      keys.push(bytesCell(row, 0));
    }
    const last = keys.at(-1);
    if (last === undefined) break;
    pages.push({ from, to, keys });
    if (keys.length < rowsMax) break;
    rows += keys.length;
    from = encodeText(keyAfter(decodeText(last)));
  }
  return pages;
}

function rowLength(row: SqlRow): number {
  return bytesCell(row, 0).byteLength + integerCell(row, 1);
}

function toRow(table: StateTableName, row: SqlRow): Row {
  const key = bytesCell(row, 0);
  return { value: soundValue(table, key, row[1], row[2]), key: decodeText(key) };
}

function soundValue(
  table: StateTableName,
  key: Uint8Array,
  value: SqlValue | undefined,
  sum: unknown,
): Uint8Array {
  if (value instanceof Uint8Array && rowChecksum(key, value) === sum) return value;
  throw damagedRow(table, decodeLooseText(key));
}
