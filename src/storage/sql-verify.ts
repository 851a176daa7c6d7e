/**
 * Reads a small disk whole before it is used. A checksum finds what has changed within a row, when the row is read; that
 * a row is not found, since the index or a page that leads to it has changed, no checksum says.
 */

import { decodeLooseText } from '../codec/index.ts';
import { DamagedDiskError, damagedRow, rowChecksum } from './damaged-disk.ts';
import { LARGE_ROWS_OF, type StateTableName } from './schema.ts';
import { bytesCell, type SqlPort } from './sql-port.ts';

/** A start waits for it: a tenth of a second at most. */
export const VERIFY_LIMIT = { rowsMax: 1 << 15, bytesMax: 4 << 20 } as const;

const PAGE_ROWS_MAX = 256;

/** Throws `DamagedDiskError`. A table beyond the limit is verified row by row, as rows are read. */
export function verifyTable(port: SqlPort, table: StateTableName, limit = VERIFY_LIMIT): void {
  const large = LARGE_ROWS_OF[table];
  const [size] = port.query(
    `SELECT count(*), total(bytes) FROM (
       SELECT length(key) + length(value) AS bytes FROM ${table}
       UNION ALL SELECT length(key) + length(value) FROM ${large} NOT INDEXED LIMIT ?)`,
    limit.rowsMax + 1,
  );
  const [rows, bytes] = size ?? [];
  if (Number(rows) > limit.rowsMax || Number(bytes) > limit.bytesMax) return;
  assertStructure(port);
  assertOrdered(port, table);
  assertIndexed(port, large);
  assertOnce(port, table, large);
  for (const each of [table, large]) assertRows(port, each);
}

/** Without what `integrity_check` does besides, which a Durable Object does not allow. */
function assertStructure(port: SqlPort): void {
  const found = port.query('PRAGMA quick_check(1)')[0]?.[0];
  if (found !== 'ok') throw new DamagedDiskError(`SQLite finds ${found}`);
}

/** Each row of the tree is found by its key. */
function assertOrdered(port: SqlPort, table: string): void {
  const [counts] = port.query(
    `SELECT (SELECT count(*) FROM ${table}), (SELECT count(*) FROM ${table} AS row WHERE EXISTS
       (SELECT 1 FROM ${table} AS found WHERE found.key = row.key))`,
  );
  const [rows, found] = counts ?? [];
  if (rows !== found) throw notFound(table, rows, found);
}

/** Each row is found by its key, and nothing else is. */
function assertIndexed(port: SqlPort, table: string): void {
  const index = `INDEXED BY sqlite_autoindex_${table}_1`;
  const [counts] = port.query(
    `SELECT (SELECT count(*) FROM ${table} NOT INDEXED), (SELECT count(*) FROM ${table} ${index}),
       (SELECT count(*) FROM ${table} AS row NOT INDEXED WHERE EXISTS
         (SELECT 1 FROM ${table} AS found ${index} WHERE found.key = row.key AND found.rowid = row.rowid))`,
  );
  const [rows, indexed, found] = counts ?? [];
  if (rows !== indexed || rows !== found) throw notFound(table, rows, found);
}

function notFound(table: string, rows: unknown, found: unknown): DamagedDiskError {
  return new DamagedDiskError(`of ${rows} rows of table ${table} only ${found} are found by their keys`);
}

/** A key is in one of the tables. */
function assertOnce(port: SqlPort, small: string, large: string): void {
  const [row] = port.query(
    `SELECT ${large}.key FROM ${large} JOIN ${small} ON ${small}.key = ${large}.key LIMIT 1`,
  );
  if (row !== undefined) throw damagedRow(large, decodeLooseText(bytesCell(row, 0)));
}

function assertRows(port: SqlPort, table: string): void {
  let after = new Uint8Array(0);
  for (;;) {
    const rows = port.query(
      `SELECT key, value, sum FROM ${table} WHERE key > ? ORDER BY key LIMIT ?`,
      after,
      PAGE_ROWS_MAX,
    );
    for (const row of rows) {
      const key = bytesCell(row, 0);
      if (rowChecksum(key, bytesCell(row, 1)) !== row[2]) throw damagedRow(table, decodeLooseText(key));
    }
    const last = rows.at(-1);
    if (last === undefined) return;
    after = new Uint8Array(bytesCell(last, 0));
  }
}
