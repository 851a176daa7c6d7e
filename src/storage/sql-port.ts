/**
 * The least that SQLite must offer, so that a Durable Object and `node:sqlite` look alike.
 *
 * `query` hands out all rows at once and no cursor: SQLite refuses to drop a table that an open cursor reads, and a
 * cursor of a Durable Object does not outlive the event. Whoever wants few rows says LIMIT.
 */

import { DamagedDiskError } from './damaged-disk.ts';
import { DiskFullError } from './replica-storage.ts';

export type SqlValue = string | number | null | Uint8Array;
export type SqlRow = readonly SqlValue[];

/** An async callback would return before it has written, and the transaction would end without its writes. */
export type Synchronous<Result> =
  Result extends PromiseLike<unknown> ? { readonly error: 'A transaction must not be async.' } : Result;

/** Code that knows its own tables does not ask for others, and has opened its file to write. */
const DAMAGE =
  /SQLITE_(CORRUPT|NOTADB|READONLY|FORMAT)|malformed|not a database|no such (table|column|index)|no query solution|readonly database|unsupported file format/;

/**
 * SQLite's errors as those of this folder, where they say something about the disk. What a Durable Object writes meets a
 * full disk only after the event, when nobody is there to catch it.
 */
export function diskError(error: unknown): unknown {
  const message = error instanceof Error ? error.message : String(error);
  if (/SQLITE_FULL|database or disk is full/.test(message)) return new DiskFullError(message);
  const isDamage = DAMAGE.test(message);
  return isDamage ? new DamagedDiskError(message) : error;
}

export interface SqlPort {
  /** Runs one statement; a parameter for each `?`. */
  query(sql: string, ...parameters: readonly SqlValue[]): readonly SqlRow[];
  /** All writes of the callback or, if it throws, none of them. Not to be nested. */
  transaction<Result>(callback: () => Synchronous<Result>): Result;
}

export function integerCell(row: SqlRow, column: number): number {
  const value = row[column];
  if (typeof value !== 'number') throw unexpected(column, value, 'a number');
  return value;
}

export function bytesCell(row: SqlRow, column: number): Uint8Array {
  const value = row[column];
  if (!(value instanceof Uint8Array)) throw unexpected(column, value, 'bytes');
  return value;
}

/** Each column holds what its statement put there. */
function unexpected(column: number, value: SqlValue | undefined, expected: string): DamagedDiskError {
  return new DamagedDiskError(`column ${column} of a row is ${typeof value}, not ${expected}`);
}
