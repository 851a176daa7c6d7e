import type { DiskId, LogId, Membership, PersistedState, SnapshotMeta, Store } from '../raft/index.ts';
import type { KeyRange, Row, ScanLimit, TableReader } from './table.ts';

/** Row values to write; undefined deletes the row. */
export type RowChanges = ReadonlyMap<string, Uint8Array | undefined>;

/** All that one turn of a replica writes, in one transaction: after a crash either all of it is there or nothing. */
export interface Turn {
  /** What consensus must remember; undefined when only the state changed. */
  readonly store: Store | undefined;
  /** What applying changed in the state table, and the entry up to which it is applied. */
  readonly applied: { readonly through: LogId; readonly changes: RowChanges } | undefined;
}

/**
 * The disk of one replica, as it is. Calls are synchronous and take effect at once for the reader; `flush` says when they
 * would survive a crash. A call that throws leaves nothing of its turn behind, and the replica must stop: with
 * `DiskFullError` if the disk has come to its real end, so that a later life may find room.
 */
export interface ReplicaDisk {
  /**
   * What the last incarnation left, or a fresh state with `membership` if there was none, on a disk that gets the id
   * `newDisk`; opens a new incarnation (writes its number). Throws `FormatError` when the stored format is unknown to this code.
   */
  open(membership: Membership, newDisk?: DiskId): OpenedStorage;
  /** The state table as of the last `write`. */
  readonly table: TableReader;
  write(turn: Turn): void;
  /** Calls back once everything written before is durable. Calls back in order; never if the storage fails. */
  flush(onDurable: () => void): void;
  /**
   * Freezes the state as it is: `view.scan` keeps answering from this moment however the table changes, at the cost
   * of keeping each row's first old value. One view at a time: opening another closes the last. Does not survive a restart.
   */
  openView(): FrozenView;
  /**
   * Why nothing should be added, in words; undefined as long as there is room. It comes before the real end of the
   * disk: what frees room, and what consensus has to remember, still find a reserve. `keptBytes`: they will have to
   * be written, too.
   */
  shortage(keptBytes?: number): string | undefined;
}

/** A disk, and in front of it what need not be written at once (write-behind.ts). */
export interface ReplicaStorage extends ReplicaDisk {
  /** Bytes of memory that rows of the state take. */
  readonly stateBytes: number;
  /** Writes all of the state that is not written yet. */
  checkpoint(): void;
}

export interface OpenedStorage {
  /** Rises with each `open` of the same disk, from 1. */
  readonly incarnation: number;
  readonly state: PersistedState;
}

export interface FrozenView {
  readonly snapshot: SnapshotMeta;
  scan(range: KeyRange, limit: ScanLimit): readonly Row[];
  close(): void;
}

/** Not even the reserve is left. */
export class DiskFullError extends Error {
  override readonly name = 'DiskFullError';
}

/** The view was closed: by its owner, by a newer view, or because a snapshot took the state's place. */
export class ViewClosedError extends Error {
  override readonly name = 'ViewClosedError';
}
