/**
 * The log is what is durable; the state is written behind it. What applying changes is kept in memory, in front of the
 * table on the disk, until a checkpoint writes all of it. So a turn that appends an entry writes one row, and a row that
 * changes a thousand times between two checkpoints is written once. A restart begins with the state of the last
 * checkpoint, and applies the entries after it when it learns that they are committed (docs/decisions/0015).
 *
 * Invariants:
 * storage.W1  Only what applying changes is kept: term, vote, entries, membership and received chunks are on the disk with
 *     the turn that they belong to. So no promise, and no answer, rests on what is in memory alone: the entries that lead
 *     there are on the disks of a majority, and applying them again leaves the same rows and the same results.
 * storage.W2  A checkpoint writes all that is kept, and up to where it is applied, in one transaction: the disk holds the
 *     state as some turn left it.
 * storage.W3  The log is compacted no further than the last checkpoint: a turn that goes further is one (storage.R3).
 * storage.W4  A view lacks nothing of what is kept: it is opened on a checkpoint.
 * storage.W5  A new membership is written with a checkpoint: no restart applies a readmission that an older entry asks for
 *     to a membership that a newer one has left (raft.N3).
 * storage.W6  What is kept is bounded in rows, in bytes of memory, and in entries that a restart applies again. On a disk
 *     that is short of room nothing is kept: what deletions free must be free, and the reserve must be large enough.
 */

import { asIndex, type DiskId, type Index, invariant, type LogId, type Membership } from '../raft/index.ts';
import { FlushWatch } from './flush-watch.ts';
import { assertRow } from './limits.ts';
import { OverlayTable } from './overlay-table.ts';
import type {
  FrozenView,
  OpenedStorage,
  ReplicaDisk,
  ReplicaStorage,
  RowChanges,
  Turn,
} from './replica-storage.ts';
import { ownBytes, RowCache, type RowCacheLimits, rowMemoryBytes } from './row-cache.ts';
import type { TableReader } from './table.ts';

/** When a checkpoint is made, whatever else asks for one. Each is exceeded by no more than one turn. */
export interface WriteBehindLimits extends RowCacheLimits {
  /** Rows that are kept, deleted ones included. */
  readonly keptRowsMax: number;
  /** Bytes of memory that they take. */
  readonly keptBytesMax: number;
  /** Entries that are applied and not in the state on the disk: what a restart applies again. */
  readonly keptEntriesMax: number;
}

export const DEFAULT_WRITE_BEHIND_LIMITS: WriteBehindLimits = {
  keptRowsMax: 4096,
  keptBytesMax: 1 << 20,
  keptEntriesMax: 2048,
  cacheBytesMax: 1 << 20,
  cachedValueBytesMax: 4096,
};

type Applied = NonNullable<Turn['applied']>;

export class WriteBehind implements ReplicaStorage {
  readonly table: TableReader = {
    get: (key) => this.#kept.get(key),
    scan: (range, limit) => this.#kept.scan(range, limit),
    keys: (range, limit) => this.#kept.keys(range, limit),
  };
  readonly #disk: ReplicaDisk;
  readonly #limits: WriteBehindLimits;
  readonly #cache: RowCache;
  readonly #flushes: FlushWatch;
  #kept: OverlayTable;
  #keptBytes = 0;
  /** Up to where the state is applied, if the disk does not say so. */
  #through: LogId | undefined;
  /** The same of the state on the disk. */
  #checkpointed: Index = asIndex(0);

  constructor(disk: ReplicaDisk, limits: WriteBehindLimits = DEFAULT_WRITE_BEHIND_LIMITS) {
    this.#disk = disk;
    this.#limits = limits;
    this.#cache = new RowCache(disk.table, limits);
    this.#flushes = new FlushWatch(disk);
    this.#kept = new OverlayTable(this.#cache);
  }

  get stateBytes(): number {
    return this.#keptBytes + this.#cache.bytes;
  }

  open(membership: Membership, newDisk?: DiskId): OpenedStorage {
    const opened = this.#disk.open(membership, newDisk);
    this.#flushes.wrote();
    this.#checkpointed = opened.state.applied;
    return opened;
  }

  write(turn: Turn): void {
    const { store, applied } = turn;
    if (store?.install?.done) {
      this.#writeToDisk(turn);
      this.#cache.clear();
      this.#written(new Map(), applied?.through ?? store.install.snapshot);
    } else if (this.#mustCheckpoint(turn)) {
      this.#checkpoint(turn);
    } else {
      if (applied !== undefined) this.#assertSound(applied);
      if (store !== undefined) this.#writeToDisk({ store, applied: undefined });
      if (applied !== undefined) this.#keep(applied);
    }
  }

  checkpoint(): void {
    if (this.#through !== undefined) this.#checkpoint({ store: undefined, applied: undefined });
  }

  flush(onDurable: () => void): void {
    this.#flushes.flush(onDurable);
  }

  /** storage.W4 */
  openView(): FrozenView {
    this.checkpoint();
    return this.#disk.openView();
  }

  shortage(): string | undefined {
    return this.#disk.shortage(this.#keptBytes);
  }

  #mustCheckpoint({ store, applied }: Turn): boolean {
    const { keptRowsMax, keptBytesMax, keptEntriesMax } = this.#limits;
    const compacts = (store?.compactThrough?.index ?? 0) > this.#checkpointed;
    // storage.W3, storage.W5
    if (compacts || store?.membership !== undefined) return true;
    if (applied === undefined) return false;
    return (
      applied.through.index - this.#checkpointed > keptEntriesMax ||
      this.#kept.changes.size + applied.changes.size > keptRowsMax ||
      this.#keptBytes + memoryBytes(applied.changes) > keptBytesMax ||
      this.shortage() !== undefined
    );
  }

  #writeToDisk(turn: Turn): void {
    this.#disk.write(turn);
    this.#flushes.wrote();
  }

  /** storage.W2 */
  #checkpoint({ store, applied }: Turn): void {
    const through = applied?.through ?? this.#through;
    const changes = new Map([...this.#kept.changes, ...(applied?.changes ?? [])]);
    this.#writeToDisk({ store, applied: through && { through, changes } });
    this.#written(changes, through);
  }

  /** The disk holds all that was kept. */
  #written(changes: RowChanges, through: LogId | undefined): void {
    this.#cache.changed(changes);
    this.#kept = new OverlayTable(this.#cache);
    this.#keptBytes = 0;
    this.#checkpointed = through?.index ?? this.#checkpointed;
    this.#through = undefined;
  }

  /** What the disk would check. */
  #assertSound({ through, changes }: Applied): void {
    const before = this.#through?.index ?? this.#checkpointed;
    invariant(through.index >= before, `storage.R2: applied ${through.index} after ${before}`);
    for (const [key, value] of changes) if (value !== undefined) assertRow(key, value);
  }

  #keep({ through, changes }: Applied): void {
    this.#through = through;
    for (const [key, value] of changes) {
      const { changes: kept } = this.#kept;
      if (kept.has(key)) this.#keptBytes -= rowMemoryBytes(key, kept.get(key));
      this.#keptBytes += rowMemoryBytes(key, value);
      if (value === undefined) this.#kept.delete(key);
      else this.#kept.put(key, ownBytes(value));
    }
  }
}

function memoryBytes(changes: RowChanges): number {
  let bytes = 0;
  for (const [key, value] of changes) bytes += rowMemoryBytes(key, value);
  return bytes;
}
