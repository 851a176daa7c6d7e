/** The tables on disk, and the number that says how to read them. */

import { decodeText, encodeText, FormatError } from '../codec/index.ts';
import { assertSound, DamagedDiskError, damagedRow, rowChecksum } from './damaged-disk.ts';
import type { SqlPort } from './sql-port.ts';

/** Rises when the tables, or the record of a replica, are no longer what older code would understand. */
export const DISK_FORMAT = 4;

/**
 * Keys are bytes, not TEXT: they compare as bytes, and may hold a NUL.
 *
 * WITHOUT ROWID puts a row into the tree that is searched for its key: a new key is one row to write, where an index of
 * keys makes it two. But SQLite reads all of a row that it compares, megabytes if that is what a value has ("best when
 * individual rows are not too large", sqlite.org/withoutrowid.html). So the rows of a state are in two tables: those up to
 * `SMALL_VALUE_BYTES_MAX` in the tree, and larger ones in a table whose keys have an index. A key is in one of them.
 *
 * `sum` is a checksum over the row and its key (damaged-disk.ts).
 */
const TABLES = {
  meta: 'CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value NOT NULL, sum INTEGER NOT NULL) WITHOUT ROWID',
  log: 'CREATE TABLE IF NOT EXISTS log (slot INTEGER PRIMARY KEY, idx INTEGER NOT NULL, term INTEGER NOT NULL, kind TEXT NOT NULL, payload BLOB NOT NULL, sum INTEGER NOT NULL)',
  state_0: smallRows('state_0'),
  state_1: smallRows('state_1'),
  large_0: largeRows('large_0'),
  large_1: largeRows('large_1'),
  /** NULL: the row was not there when the view was opened. */
  preimage: 'CREATE TABLE IF NOT EXISTS preimage (key BLOB PRIMARY KEY NOT NULL, value BLOB, sum INTEGER)',
} as const;

function smallRows(name: string): string {
  return `CREATE TABLE IF NOT EXISTS ${name} (key BLOB PRIMARY KEY NOT NULL, value BLOB NOT NULL, sum INTEGER NOT NULL) WITHOUT ROWID`;
}

function largeRows(name: string): string {
  return `CREATE TABLE IF NOT EXISTS ${name} (key BLOB PRIMARY KEY NOT NULL, value BLOB NOT NULL, sum INTEGER NOT NULL)`;
}

/** Half a page of SQLite: such a row reaches into one page beyond its own at most. */
export const SMALL_VALUE_BYTES_MAX = 2048;

/** Where the larger rows of a state are. */
export const LARGE_ROWS_OF = { state_0: 'large_0', state_1: 'large_1' } as const;

export type TableName = keyof typeof TABLES;
export type StateTableName = 'state_0' | 'state_1';

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

/**
 * What a setting was when the disk was made, which it remains for as long as the state rests on it; noted on a disk that
 * is new. Entries are applied again after a restart, and must come to the same whatever the setting is by then.
 * Undefined: the disk was made by code that did not note it, or is not one that this code may use.
 */
export function settingAtFirst(port: SqlPort, setting: string, value: number): number | undefined {
  return port.transaction((): number | undefined => {
    port.query(TABLES.meta);
    const [row] = port.query("SELECT value FROM meta WHERE key = 'format'");
    if (row !== undefined && row[0] !== DISK_FORMAT) return undefined;
    const key = `setting-${setting}`;
    const noted = readMeta(port, key);
    if (noted !== undefined) return Number(decodeText(noted));
    const isUsed = port.query("SELECT 1 FROM sqlite_schema WHERE name = 'state_0'").length > 0;
    if (isUsed) return undefined;
    writeMeta(port, key, encodeText(String(value)));
    return value;
  });
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

/** Dropping a table costs two rows however many it holds; each deleted row would be billed. */
export function emptyTable(port: SqlPort, table: TableName): void {
  if (port.query(`SELECT 1 FROM ${table} LIMIT 1`).length === 0) return;
  port.query(`DROP TABLE ${table}`);
  port.query(TABLES[table]);
}

export function emptyState(port: SqlPort, table: StateTableName): void {
  emptyTable(port, table);
  emptyTable(port, LARGE_ROWS_OF[table]);
}
