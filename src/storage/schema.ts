/** The tables on disk, and the number that says how to read them. */

import { encodeText, FormatError } from '../codec/index.ts';
import { assertSound, DamagedDiskError, damagedRow, rowChecksum } from './damaged-disk.ts';
import type { SqlPort } from './sql-port.ts';

/** Rises when the tables, or the record of a replica, are no longer what older code would understand. */
export const DISK_FORMAT = 4;

/**
 * Keys are bytes, not TEXT: they compare as bytes, and may hold a NUL.
 *
 * WITHOUT ROWID puts a row into the tree that is searched for its key, and SQLite reads all of a row that it compares,
 * megabytes if that is what a value has ("best when individual rows are not too large", sqlite.org/withoutrowid.html).
 * So only small rows are kept that way: those of `meta`, and those of a state that have at most SMALL_ROW_BYTES_MAX. The
 * large rows of a state are in a table beside, where the keys have an index, which is a second row to write when a key is
 * new, though not when its value changes. A key is in one of the two.
 *
 * `sum` is a checksum over the row and its key (damaged-disk.ts).
 */
const TABLES = {
  meta: 'CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value NOT NULL, sum INTEGER NOT NULL) WITHOUT ROWID',
  log: 'CREATE TABLE IF NOT EXISTS log (slot INTEGER PRIMARY KEY, idx INTEGER NOT NULL, term INTEGER NOT NULL, kind TEXT NOT NULL, payload BLOB NOT NULL, sum INTEGER NOT NULL)',
  state_0:
    'CREATE TABLE IF NOT EXISTS state_0 (key BLOB PRIMARY KEY NOT NULL, value BLOB NOT NULL, sum INTEGER NOT NULL) WITHOUT ROWID',
  state_1:
    'CREATE TABLE IF NOT EXISTS state_1 (key BLOB PRIMARY KEY NOT NULL, value BLOB NOT NULL, sum INTEGER NOT NULL) WITHOUT ROWID',
  large_0:
    'CREATE TABLE IF NOT EXISTS large_0 (key BLOB PRIMARY KEY NOT NULL, value BLOB NOT NULL, sum INTEGER NOT NULL)',
  large_1:
    'CREATE TABLE IF NOT EXISTS large_1 (key BLOB PRIMARY KEY NOT NULL, value BLOB NOT NULL, sum INTEGER NOT NULL)',
  /** NULL: the row was not there when the view was opened. */
  preimage: 'CREATE TABLE IF NOT EXISTS preimage (key BLOB PRIMARY KEY NOT NULL, value BLOB, sum INTEGER)',
} as const;

export type TableName = keyof typeof TABLES;
export type StateTableName = 'state_0' | 'state_1';
export type LargeTableName = 'large_0' | 'large_1';

/** Where the large rows of the state are. */
export function largeTableOf(state: StateTableName): LargeTableName {
  return state === 'state_0' ? 'large_0' : 'large_1';
}

/**
 * Creates on a fresh disk what is missing. Throws `FormatError`, and writes nothing, on a disk that other code wrote.
 * To be called within a transaction. Returns whether the disk is new.
 */
export function prepareSchema(port: SqlPort, tables: readonly TableName[]): boolean {
  port.query(TABLES.meta);
  // Without its checksum, since other code's disk may have none.
  const format = port.query("SELECT value FROM meta WHERE key = 'format'")[0]?.[0];
  if (format === undefined) {
    // Whoever makes the tables writes the format with them.
    const isUsed = port.query("SELECT 1 FROM sqlite_schema WHERE name = 'state_0'").length > 0;
    if (isUsed) throw new DamagedDiskError('the row "format" of table meta is missing');
    for (const table of tables) port.query(TABLES[table]);
    writeNumber(port, 'format', DISK_FORMAT);
    return true;
  }
  if (format !== DISK_FORMAT) {
    throw new FormatError(
      `the disk has format ${format}; this code knows format ${DISK_FORMAT}. ` +
        'Deploy a version that knows the format of the disk, or wipe the disk and let the replica join under a new id.',
    );
  }
  return false;
}

export function readMeta(port: SqlPort, key: string): Uint8Array | undefined {
  const [row] = port.query('SELECT value, sum FROM meta WHERE key = ?', key);
  if (row === undefined) return undefined;
  const [value, sum] = row;
  if (!(value instanceof Uint8Array)) throw damagedRow('meta', `${key}/`);
  assertSound('meta', `${key}/`, value, sum);
  return value;
}

export function writeMeta(port: SqlPort, key: string, value: Uint8Array): void {
  const sum = rowChecksum(encodeText(`${key}/`), value);
  port.query('REPLACE INTO meta (key, value, sum) VALUES (?, ?, ?)', key, value, sum);
}

function writeNumber(port: SqlPort, key: string, value: number): void {
  const sum = rowChecksum(encodeText(`${key}/`), encodeText(String(value)));
  port.query('REPLACE INTO meta (key, value, sum) VALUES (?, ?, ?)', key, value, sum);
}

export function emptyState(port: SqlPort, state: StateTableName): void {
  emptyTable(port, state);
  emptyTable(port, largeTableOf(state));
}

/** Dropping a table costs two rows however many it holds; each deleted row would be billed. */
export function emptyTable(port: SqlPort, table: TableName): void {
  if (port.query(`SELECT 1 FROM ${table} LIMIT 1`).length === 0) return;
  port.query(`DROP TABLE ${table}`);
  port.query(TABLES[table]);
}
