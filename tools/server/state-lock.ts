/**
 * One server at a time on a state folder. The lock is one of the operating system's, by way of SQLite: it is gone with
 * the process that holds it, however that ended, and holds between containers too, where process ids mean nothing.
 */

import { DatabaseSync } from 'node:sqlite';

export type StateLock =
  | { readonly type: 'held' }
  | { readonly type: 'taken'; readonly byPid: number }
  /** The disk has no room for the lock. */
  | { readonly type: 'no-room' };

const BUSY = 5;
const FULL = 13;

/** Held until this process ends. */
export function lockState(file: string): StateLock {
  const database = new DatabaseSync(file);
  try {
    database.exec('BEGIN IMMEDIATE');
    database.exec(`PRAGMA user_version = ${process.pid}`);
    database.exec('COMMIT');
    // Others may still read who holds it.
    database.exec('BEGIN IMMEDIATE');
    held.push(database);
    return { type: 'held' };
  } catch (error) {
    const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined;
    if (code === FULL) return { type: 'no-room' };
    if (code !== BUSY) throw error;
    return { type: 'taken', byPid: Number(database.prepare('PRAGMA user_version').get()?.['user_version']) };
  }
}

/** A database that nobody refers to would be closed when memory is collected. */
const held: DatabaseSync[] = [];
