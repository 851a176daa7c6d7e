import { decodeLooseText, decodeText, encodeText, type RowChange } from '../codec/index.ts';
import { damagedRow, rowChecksum } from './damaged-disk.ts';
import { keyAfter } from './keys.ts';
import { assertRow, SMALL_ROW_BYTES_MAX } from './limits.ts';
import { type LargeTableName, largeTableOf, prepareSchema, type StateTableName } from './schema.ts';
import { runInBatches } from './sql-batches.ts';
import { bytesCell, integerCell, type SqlPort, type SqlRow, type SqlValue } from './sql-port.ts';
import type { KeyRange, Row, ScanLimit, Table } from './table.ts';

/** Rows whose length is asked for at once. */
const PAGE_ROWS_MAX = 256;

/** Comes after each key: UTF-8 has no such byte. */
const AFTER_ALL_KEYS = new Uint8Array([0xff]);

interface BytesRow {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** A table of its own, for a service that is not replicated. */
export function openSqlTable(port: SqlPort): Table {
  port.transaction(() => prepareSchema(port, ['state_0', 'large_0']));
  return new SqlTable(port, 'state_0');
}

/** The rows of a state, the small ones and the large (schema.ts). Transactions are the caller's. */
export class SqlTable implements Table {
  readonly name: StateTableName;
  readonly #port: SqlPort;
  readonly #large: LargeTableName;

  constructor(port: SqlPort, name: StateTableName) {
    this.#port = port;
    this.name = name;
    this.#large = largeTableOf(name);
  }

  get(key: string): Uint8Array | undefined {
    const bytes = encodeText(key);
    const [row] = this.#port.query(
      `SELECT value, sum FROM ${this.name} WHERE key = ? UNION ALL SELECT value, sum FROM ${this.#large} WHERE key = ?`,
      bytes,
      bytes,
    );
    return row && soundValue(this.name, bytes, row[0], row[1]);
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
    this.#deleteAll([encodeText(key)]);
  }

  putAll(rows: readonly Row[]): void {
    for (const { key, value } of rows) assertRow(key, value);
    const { small = [], large = [] } = Object.groupBy(
      rows.map(({ key, value }) => ({ key: encodeText(key), value })),
      ({ key, value }) => (key.byteLength + value.byteLength <= SMALL_ROW_BYTES_MAX ? 'small' : 'large'),
    );
    this.#putInto(this.name, small);
    this.#putInto(this.#large, large);
    this.#deleteFrom(this.name, large);
    if (small.length > 0 && this.#hasLarge) this.#deleteFrom(this.#large, small);
  }

  change(changes: Iterable<RowChange>): void {
    const rows: Row[] = [];
    const deleted: Uint8Array[] = [];
    for (const [key, value] of changes) {
      if (value === undefined) deleted.push(encodeText(key));
      else rows.push({ key, value });
    }
    this.putAll(rows);
    this.#deleteAll(deleted);
  }

  readonly #page: PageQuery = (columns, from, to, rowsMax) =>
    this.#port.query(
      `SELECT key, ${columns} FROM ${this.name} WHERE key >= ? AND key < ?
       UNION ALL
       SELECT key, ${columns} FROM ${this.#large} WHERE key >= ? AND key < ?
       ORDER BY key LIMIT ?`,
      from,
      to,
      from,
      to,
      rowsMax,
    );

  /** Mostly there is none, and nothing to look for. */
  get #hasLarge(): boolean {
    return this.#port.query(`SELECT 1 FROM ${this.#large} LIMIT 1`).length > 0;
  }

  #putInto(table: StateTableName | LargeTableName, rows: readonly BytesRow[]): void {
    runInBatches(
      this.#port,
      // Not REPLACE, which deletes the row and writes it again, index and all.
      (values) =>
        `INSERT INTO ${table} (key, value, sum) VALUES ${values}
         ON CONFLICT (key) DO UPDATE SET value = excluded.value, sum = excluded.sum`,
      rows.map(({ key, value }) => [key, value, rowChecksum(key, value)]),
    );
  }

  #deleteAll(keys: readonly Uint8Array[]): void {
    const rows = keys.map((key) => ({ key }));
    this.#deleteFrom(this.name, rows);
    if (rows.length > 0 && this.#hasLarge) this.#deleteFrom(this.#large, rows);
  }

  #deleteFrom(table: StateTableName | LargeTableName, rows: readonly Pick<BytesRow, 'key'>[]): void {
    runInBatches(
      this.#port,
      (values) => `DELETE FROM ${table} WHERE key IN (VALUES ${values})`,
      rows.map(({ key }) => [key]),
    );
  }
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
