/** SQLite in memory that counts rows as the platform bills them, and becomes durable a while after each write. */

import type { SqlPort, SqlRow, SqlValue, Synchronous } from '../../src/storage/index.ts';
import { openNodeSqlite } from '../../tools/harness/node-sqlite.ts';
import type { Scheduler } from '../sim/scheduler.ts';
import { NOTHING, type Tally } from './tally.ts';

interface CountedDiskOptions {
  readonly scheduler: Scheduler;
  readonly syncMs: number;
}

const WRITE = /^\s*(INSERT INTO|UPDATE|DELETE FROM) (\w+)/;

export class CountedDisk implements SqlPort {
  readonly #options: CountedDiskOptions;
  readonly #sqlite = openNodeSqlite();
  /** How many indexes a table has besides itself. */
  readonly #indexes = new Map<string, number>();
  #tally = NOTHING;
  #durableAtMs = 0;
  #waiting: (() => void)[] = [];
  #isSyncing = false;

  constructor(options: CountedDiskOptions) {
    this.#options = options;
  }

  get tally(): Tally {
    return this.#tally;
  }

  query(sql: string, ...parameters: readonly SqlValue[]): readonly SqlRow[] {
    this.#add('statements', 1);
    const [, verb, table] = WRITE.exec(sql) ?? [];
    if (verb === undefined || table === undefined) return this.#sqlite.query(sql, ...parameters);
    const before = { changes: this.#changes(), rows: verb === 'INSERT INTO' ? this.#rowsOf(table) : 0 };
    const answer = this.#sqlite.query(sql, ...parameters);
    const changes = this.#changes() - before.changes;
    const isNew = verb === 'INSERT INTO' ? this.#rowsOf(table) - before.rows : 0;
    if (verb === 'DELETE FROM') this.#add('deletedRows', changes * (1 + this.#indexesOf(table)));
    else this.#add(kindOf(table), changes + isNew * this.#indexesOf(table));
    if (changes > 0) this.#durableAtMs = this.#options.scheduler.nowMs + this.#options.syncMs;
    return answer;
  }

  transaction<Result>(callback: () => Synchronous<Result>): Result {
    return this.#sqlite.transaction(callback);
  }

  /** As an object waits for `sync()`: one at a time, and who comes meanwhile waits for the next. */
  whenDurable(onDurable: () => void): void {
    this.#waiting.push(onDurable);
    if (!this.#isSyncing) this.#sync();
  }

  /** As the output gate has it: at once, if nothing that was written is still on its way. */
  whenWritten(leave: () => void): void {
    const { scheduler } = this.#options;
    if (this.#durableAtMs <= scheduler.nowMs) leave();
    else scheduler.at(this.#durableAtMs, leave);
  }

  #sync(): void {
    this.#isSyncing = true;
    this.#add('flushes', 1);
    const covered = this.#waiting;
    this.#waiting = [];
    this.whenWritten(() => {
      for (const onDurable of covered) onDurable();
      this.#isSyncing = false;
      if (this.#waiting.length > 0) this.#sync();
    });
  }

  #add(name: keyof Tally, count: number): void {
    this.#tally = { ...this.#tally, [name]: this.#tally[name] + count };
  }

  #changes(): number {
    return this.#integer('SELECT total_changes()');
  }

  #rowsOf(table: string): number {
    return this.#integer(`SELECT count(*) FROM ${table}`);
  }

  #indexesOf(table: string): number {
    const known = this.#indexes.get(table);
    if (known !== undefined) return known;
    const isRowid =
      "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ? AND sql NOT LIKE '%WITHOUT ROWID%'";
    const indexes =
      this.#integer(isRowid, table) === 0
        ? 0
        : this.#integer("SELECT count(*) FROM sqlite_master WHERE type = 'index' AND tbl_name = ?", table);
    this.#indexes.set(table, indexes);
    return indexes;
  }

  #integer(sql: string, ...parameters: readonly SqlValue[]): number {
    return Number(this.#sqlite.query(sql, ...parameters)[0]?.[0]);
  }
}

function kindOf(table: string): 'logRows' | 'stateRows' | 'otherRows' {
  if (table === 'log') return 'logRows';
  return table.startsWith('state') || table.startsWith('large') ? 'stateRows' : 'otherRows';
}
