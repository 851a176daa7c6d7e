/**
 * Reads a small disk whole before it is used. A checksum finds what has changed within a row, when the row is read; that
 * a row is not found, since the index or a page that leads to it has changed, no checksum says.
 */

import { decodeLooseText } from '../codec/index.ts';
import { DamagedDiskError, damagedRow, rowChecksum } from './damaged-disk.ts';
import { type LargeTableName, largeTableOf, type StateTableName } from './schema.ts';
import { bytesCell, integerCell, type SqlPort } from './sql-port.ts';

/** A start waits for it: a tenth of a second at most. */
export const VERIFY_LIMIT = { rowsMax: 1 << 15, bytesMax: 4 << 20 } as const;

const PAGE_ROWS_MAX = 256;

/** Throws `DamagedDiskError`. A state beyond the limit is verified row by row, as rows are read. */
export function verifyState(port: SqlPort, table: StateTableName, limit = VERIFY_LIMIT): void {
  const large = largeTableOf(table);
  const [size] = port.query(
    `SELECT count(*), total(bytes) FROM
       (SELECT length(key) + length(value) AS bytes FROM ${table}
        UNION ALL SELECT length(key) + length(value) FROM ${large} NOT INDEXED LIMIT ?)`,
    limit.rowsMax + 1,
  );
  const [rows, bytes] = size ?? [];
  if (Number(rows) > limit.rowsMax || Number(bytes) > limit.bytesMax) return;
  assertStructure(port);
  assertIndexed(port, large);
  assertRows(port, large, 'rowid', Number.MIN_SAFE_INTEGER);
  assertRows(port, table, 'key', new Uint8Array(0));
}

/** Without what `integrity_check` does besides, which a Durable Object does not allow. */
function assertStructure(port: SqlPort): void {
  const found = port.query('PRAGMA quick_check(1)')[0]?.[0];
  if (found !== 'ok') throw new DamagedDiskError(`SQLite finds ${found}`);
}

/** Each row is found by its key, and nothing else is. */
function assertIndexed(port: SqlPort, table: LargeTableName): void {
  const index = `INDEXED BY sqlite_autoindex_${table}_1`;
  const [counts] = port.query(
    `SELECT (SELECT count(*) FROM ${table} NOT INDEXED), (SELECT count(*) FROM ${table} ${index}),
       (SELECT count(*) FROM ${table} AS row NOT INDEXED WHERE EXISTS
         (SELECT 1 FROM ${table} AS found ${index} WHERE found.key = row.key AND found.rowid = row.rowid))`,
  );
  const [rows, indexed, found] = counts ?? [];
  if (rows !== indexed || rows !== found) {
    throw new DamagedDiskError(`of ${rows} rows of table ${table} only ${found} are found by their keys`);
  }
}

/** In the order in which they lie, which `place` names; all come after `first`. */
function assertRows(
  port: SqlPort,
  table: StateTableName | LargeTableName,
  place: 'rowid' | 'key',
  first: number | Uint8Array,
): void {
  let after = first;
  for (;;) {
    const rows = port.query(
      `SELECT ${place}, key, value, sum FROM ${table} WHERE ${place} > ? ORDER BY ${place} LIMIT ?`,
      after,
      PAGE_ROWS_MAX,
    );
    for (const row of rows) {
      const key = bytesCell(row, 1);
      if (rowChecksum(key, bytesCell(row, 2)) !== row[3]) throw damagedRow(table, decodeLooseText(key));
    }
    const last = rows.at(-1);
    if (last === undefined) return;
    after = place === 'rowid' ? integerCell(last, 0) : bytesCell(last, 0);
  }
}
