import { encodeText } from '../codec/index.ts';
import type { SnapshotMeta } from '../raft/index.ts';
import type { DamageWatch } from './damaged-disk.ts';
import { type FrozenView, type RowChanges, ViewClosedError } from './replica-storage.ts';
import { emptyTable, LARGE_ROWS_OF, type StateTableName } from './schema.ts';
import { runInBatches } from './sql-batches.ts';
import type { SqlPort } from './sql-port.ts';
import { type ScannedColumns, scanInPages } from './sql-table.ts';
import type { KeyRange, Row, ScanLimit } from './table.ts';

/** The table as it was: SQLite merges the rows that did not change with the first old value of each that did. */
export class SqlView implements FrozenView {
  readonly snapshot: SnapshotMeta;
  readonly #port: SqlPort;
  readonly #table: StateTableName;
  readonly #watch: DamageWatch;
  #closed = false;

  constructor(snapshot: SnapshotMeta, port: SqlPort, table: StateTableName, watch: DamageWatch) {
    this.snapshot = snapshot;
    this.#port = port;
    this.#table = table;
    this.#watch = watch;
  }

  scan(range: KeyRange, limit: ScanLimit): readonly Row[] {
    if (this.#closed) throw new ViewClosedError('the view was closed; open a new one');
    const small = this.#table;
    const large = LARGE_ROWS_OF[small];
    const unchanged = (columns: ScannedColumns, table: string) =>
      `SELECT key, ${columns} FROM ${table} AS now WHERE key >= ?1 AND key < ?2
       AND NOT EXISTS (SELECT 1 FROM preimage WHERE preimage.key = now.key)`;
    return this.#watch.run(() =>
      scanInPages(small, range, limit, (columns, from, to, rowsMax) =>
        this.#port.query(
          `${unchanged(columns, small)} UNION ALL ${unchanged(columns, large)}
           UNION ALL
           SELECT key, ${columns} FROM preimage WHERE key >= ?1 AND key < ?2 AND value IS NOT NULL
           ORDER BY key LIMIT ?3`,
          from,
          to,
          rowsMax,
        ),
      ),
    );
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#port.transaction(() => emptyTable(this.#port, 'preimage'));
  }

  /** To be called before the table changes, in the same transaction. Values do not leave SQLite. */
  remember(changes: RowChanges): void {
    if (this.#closed) return;
    runInBatches(
      this.#port,
      (keys) =>
        `INSERT OR IGNORE INTO preimage (key, value, sum)
         SELECT column1, coalesce(small.value, large.value), coalesce(small.sum, large.sum) FROM (VALUES ${keys})
         LEFT JOIN ${this.#table} AS small ON small.key = column1
         LEFT JOIN ${LARGE_ROWS_OF[this.#table]} AS large ON large.key = column1`,
      Array.from(changes.keys(), (key) => [encodeText(key)]),
    );
  }

  /** The state it showed is gone; its rows went in the transaction that took it away. */
  invalidate(): void {
    this.#closed = true;
  }
}
