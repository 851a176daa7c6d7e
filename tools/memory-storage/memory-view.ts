import type { SnapshotMeta } from '../../src/raft/index.ts';
import { type FrozenView, type RowChanges, ViewClosedError } from '../../src/storage/replica-storage.ts';
import { overlaidRows, takeRows } from '../../src/storage/scan.ts';
import { SortedRows } from '../../src/storage/sorted-rows.ts';
import type { KeyRange, Row, ScanLimit } from '../../src/storage/table.ts';
import type { MemoryTable } from './memory-table.ts';

/** The table as it was, as the table as it is plus the first old value of each row that has changed since. */
export class MemoryView implements FrozenView {
  readonly snapshot: SnapshotMeta;
  readonly #table: MemoryTable;
  readonly #preimages = new SortedRows<Uint8Array | undefined>();
  #closed = false;

  constructor(snapshot: SnapshotMeta, table: MemoryTable) {
    this.snapshot = snapshot;
    this.#table = table;
  }

  scan(range: KeyRange, limit: ScanLimit): readonly Row[] {
    if (this.#closed) throw new ViewClosedError('the view was closed; open a new one');
    return takeRows(overlaidRows(this.#table.rows(range), this.#preimages.entries(range)), limit);
  }

  close(): void {
    this.#closed = true;
  }

  /** To be called before the table changes. */
  remember(changes: RowChanges): void {
    if (this.#closed) return;
    for (const key of changes.keys()) {
      if (!this.#preimages.has(key)) this.#preimages.set(key, this.#table.get(key));
    }
  }
}
