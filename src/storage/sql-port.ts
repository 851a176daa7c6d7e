/**
 * The least that SQLite must offer, so that a Durable Object and `node:sqlite` look alike.
 *
 * `query` hands out all rows at once and no cursor: SQLite refuses to drop a table that an open cursor reads, and a
 * cursor of a Durable Object does not outlive the event. Whoever wants few rows says LIMIT.
 */

import { invariant } from '../raft/index.ts';

export type SqlValue = string | number | null | Uint8Array;
export type SqlRow = readonly SqlValue[];

/** An async callback would return before it has written, and the transaction would end without its writes. */
export type Synchronous<Result> =
  Result extends PromiseLike<unknown> ? { readonly error: 'A transaction must not be async.' } : Result;

export interface SqlPort {
  /** Runs one statement; a parameter for each `?`. */
  query(sql: string, ...parameters: readonly SqlValue[]): readonly SqlRow[];
  /** All writes of the callback or, if it throws, none of them. Not to be nested. */
  transaction<Result>(callback: () => Synchronous<Result>): Result;
}

export function integerCell(row: SqlRow, column: number): number {
  const value = row[column];
  invariant(typeof value === 'number', `column ${column} is ${typeof value}, not a number`);
  return value;
}

export function textCell(row: SqlRow, column: number): string {
  const value = row[column];
  invariant(typeof value === 'string', `column ${column} is ${typeof value}, not text`);
  return value;
}

export function bytesCell(row: SqlRow, column: number): Uint8Array {
  const value = row[column];
  invariant(value instanceof Uint8Array, `column ${column} is ${typeof value}, not bytes`);
  return value;
}
