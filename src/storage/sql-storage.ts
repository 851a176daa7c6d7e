/**
 * A replica's storage in SQLite, over a `SqlPort`. Rows written are what the platform bills: a turn writes one row for
 * what it changes of all that consensus remembers (replica-record.ts), one for each appended entry, and, where it is a
 * checkpoint (write-behind.ts), one for each changed row of the state.
 *
 * Invariants:
 * storage.Q1  What is kept in memory (the record, the last index, the open view) changes only after the transaction did.
 * storage.Q2  The table that is not current is read by nobody: it is empty, or the staging area of a snapshot.
 * storage.Q3  `preimage` is empty when no view is open.
 */

import { decodeRowChanges, decodeText, encodeText } from '../codec/index.ts';
import { type DiskId, type Index, invariant, type Membership, type SnapshotChunk } from '../raft/index.ts';
import { DamagedDiskError, DamageWatch } from './damaged-disk.ts';
import {
  lastIndexAfter,
  nextIncarnation,
  openedStorage,
  REPLICA_RECORD,
  type ReplicaRecord,
  recordAfter,
  stagingTable,
} from './replica-record.ts';
import type { FrozenView, OpenedStorage, ReplicaDisk, Turn } from './replica-storage.ts';
import { emptyState, emptyTable, prepareSchema, readMeta, writeMeta } from './schema.ts';
import { isOneStatement, SqlLog } from './sql-log.ts';
import type { SqlPort } from './sql-port.ts';
import { SqlTable } from './sql-table.ts';
import { verifyTable } from './sql-verify.ts';
import { SqlView } from './sql-view.ts';
import type { KeyRange, Row, ScanLimit, TableReader } from './table.ts';

export interface SqlStorageOptions {
  /** Calls back once all writes made so far would survive a crash; in order; never if they do not. */
  readonly whenDurable: (onDurable: () => void) => void;
  /** Free rows of the log that one turn deletes at most; later turns delete the rest. */
  readonly deletedRowsMax?: number;
  /** Why nothing should be added, in words. Undefined: there is always room. `keptBytes` are still to be written. */
  readonly shortage?: (keptBytes: number) => string | undefined;
  /** What is on the disk is not what was written there. Every call fails from now on, in later lives as well. */
  readonly onDamage?: (damage: DamagedDiskError) => void;
}

const DELETED_ROWS_MAX = 256;

const REPLICA_TABLES = ['log', 'state_0', 'large_0', 'state_1', 'large_1', 'preimage'] as const;

const NO_ENTRIES = { truncateFrom: undefined, append: [] } as const;

interface Opened {
  readonly record: ReplicaRecord;
  readonly lastIndex: Index;
}

export class SqlStorage implements ReplicaDisk {
  readonly table: TableReader = {
    get: (key: string): Uint8Array | undefined => this.#watch.run(() => this.#current.get(key)),
    scan: (range: KeyRange, limit: ScanLimit): readonly Row[] =>
      this.#watch.run(() => this.#current.scan(range, limit)),
    keys: (range: KeyRange, limit: ScanLimit): readonly string[] =>
      this.#watch.run(() => this.#current.keys(range, limit)),
  };
  readonly #port: SqlPort;
  readonly #options: SqlStorageOptions;
  readonly #log: SqlLog;
  readonly #watch: DamageWatch;
  readonly #tables: readonly [SqlTable, SqlTable];
  #opened: Opened | undefined;
  #view: SqlView | undefined;

  constructor(port: SqlPort, options: SqlStorageOptions) {
    this.#port = port;
    this.#options = options;
    this.#log = new SqlLog(port, options.deletedRowsMax ?? DELETED_ROWS_MAX);
    this.#watch = new DamageWatch((damage) => this.#damaged(damage));
    this.#tables = [new SqlTable(port, 'state_0'), new SqlTable(port, 'state_1')];
  }

  /** The new number is written, but not yet durable: no message of the incarnation may leave before it is. */
  open(membership: Membership, newDisk?: DiskId): OpenedStorage {
    invariant(this.#opened === undefined, 'a process opens its storage once');
    return this.#watch.run(() => this.#open(membership, newDisk));
  }

  write(turn: Turn): void {
    this.#watch.run(() => this.#write(turn));
  }

  #open(membership: Membership, newDisk: DiskId | undefined): OpenedStorage {
    const port = this.#port;
    const { record, entries } = port.transaction(() => {
      const isNew = prepareSchema(port, REPLICA_TABLES);
      const damage = readMeta(port, 'damage');
      if (damage !== undefined) throw new DamagedDiskError(decodeText(damage));
      const left = readRecord(port);
      if (left === undefined && !isNew) throw new DamagedDiskError('the record of the replica is missing');
      const record = nextIncarnation(left, membership, newDisk);
      writeMeta(port, 'replica', REPLICA_RECORD.encode(record));
      emptyTable(port, 'preimage');
      return { record, entries: this.#log.open(record.compacted.index) };
    });
    verifyTable(port, this.#tables[record.currentTable].name);
    const lastIndex = entries.at(-1)?.index ?? record.compacted.index;
    this.#opened = { record, lastIndex };
    return openedStorage(record, entries);
  }

  #write(turn: Turn): void {
    const before = this.#state;
    const { store, applied } = turn;
    const record = recordAfter(before.record, turn);
    const lastIndex = store === undefined ? before.lastIndex : lastIndexAfter(before.lastIndex, store);
    const installs = record.currentTable !== before.record.currentTable;
    const isShort = (): boolean => this.shortage() !== undefined;
    const plan = this.#log.plan(store ?? NO_ENTRIES, record.compacted.index, isShort);
    const write = (): (() => void) => {
      if (store?.install !== undefined) this.#stage(store.install, before.record);
      if (installs) emptyState(this.#port, this.#tables[before.record.currentTable].name);
      if (installs) emptyTable(this.#port, 'preimage');
      if (applied !== undefined) {
        if (!installs) this.#view?.remember(applied.changes);
        this.#tables[record.currentTable].change(applied.changes);
      }
      if (record !== before.record) writeMeta(this.#port, 'replica', REPLICA_RECORD.encode(record));
      return this.#log.write(plan);
    };
    // What most turns write.
    const isLogAlone = record === before.record && applied === undefined && store?.install === undefined;
    const settle = isLogAlone && isOneStatement(plan) ? write() : this.#port.transaction(write);
    settle();
    if (installs) this.#view?.invalidate();
    this.#opened = { record, lastIndex };
  }

  flush(onDurable: () => void): void {
    this.#options.whenDurable(onDurable);
  }

  openView(): FrozenView {
    this.#view?.close();
    const { applied, membership, currentTable } = this.#state.record;
    this.#view = new SqlView(
      { ...applied, membership },
      this.#port,
      this.#tables[currentTable].name,
      this.#watch,
    );
    return this.#view;
  }

  shortage(keptBytes = 0): string | undefined {
    return this.#options.shortage?.(keptBytes);
  }

  /** A later life must not find out anew, after it has answered from what is left. */
  #damaged(damage: DamagedDiskError): void {
    try {
      this.#port.transaction(() => writeMeta(this.#port, 'damage', encodeText(damage.message)));
    } catch {
      // The disk takes nothing any more, or was made by other code: then each life finds out for itself.
    }
    this.#options.onDamage?.(damage);
  }

  get #state(): Opened {
    invariant(this.#opened !== undefined, 'the storage is used before it was opened');
    return this.#opened;
  }

  get #current(): SqlTable {
    return this.#tables[this.#state.record.currentTable];
  }

  #stage(chunk: SnapshotChunk, record: ReplicaRecord): void {
    const staging = this.#tables[stagingTable(record)];
    if (chunk.cursor === '') emptyState(this.#port, staging.name);
    staging.change(decodeRowChanges(chunk.data));
  }
}

function readRecord(port: SqlPort): ReplicaRecord | undefined {
  const stored = readMeta(port, 'replica');
  return stored && REPLICA_RECORD.decode(stored);
}
