/**
 * A replica's storage in memory, with the faults of a real one, for the simulator. A `MemoryDisk` is what survives; a
 * `MemoryStorage` is one process that uses it. Writes show at once to the process that made them, and reach the disk
 * when the scheduler delivers a flush: the time between is what the output gate of a Durable Object hides, and what a
 * crash loses.
 *
 * Invariants:
 * storage.M1  The disk holds the turns of a process up to some turn, in order, and of no turn a part.
 * storage.M2  `flush` calls back only when all turns before it are on the disk; in order; each at most once.
 * storage.M3  From the moment a newer process opens the disk, nothing of an older one reaches it. A flush of the older one still
 *     calls back if nothing that it covers is missing on the disk: what was not written has no gate to wait at, so a
 *     replaced process that only reads goes on talking.
 */

import { type DiskId, invariant, type Membership } from '../../src/raft/index.ts';
import {
  DiskFullError,
  type FrozenView,
  type OpenedStorage,
  type ReplicaDisk,
  type Turn,
} from '../../src/storage/replica-storage.ts';
import type { KeyRange, Row, ScanLimit, TableReader } from '../../src/storage/table.ts';
import { MemoryImage } from './memory-image.ts';
import { MemoryView } from './memory-view.ts';

export interface MemoryStorageOptions {
  /**
   * Called with each flush; the flush completes when `deliver` is called. To delay it delays the flush, never to call
   * it fails the flush (the process must then be crashed). A later flush completes the earlier ones with it.
   */
  readonly schedule: (deliver: () => void) => void;
  /** What meets a process that writes after a newer one has opened its disk; in reality it may be either. */
  readonly supersededWrite: 'lost' | 'throws';
  /** `short`: it says so, and takes what must be written; `full`: no write has room, nor the start of a process. */
  readonly room: () => 'ample' | 'short' | 'full';
}

const AT_ONCE: MemoryStorageOptions = {
  schedule: (deliver) => deliver(),
  supersededWrite: 'lost',
  room: () => 'ample',
};

interface Flush {
  /** Turns of this process that must be on the disk. */
  readonly through: number;
  readonly onDurable: () => void;
}

export class MemoryDisk {
  readonly #durable = new MemoryImage();
  #owner: MemoryStorage | undefined;

  /** Opening is on the disk at once: no message of an incarnation leaves before its number would survive. */
  open(
    owner: MemoryStorage,
    membership: Membership,
    newDisk: DiskId | undefined,
  ): { opened: OpenedStorage; live: MemoryImage } {
    this.#owner = owner;
    const opened = this.#durable.open(membership, newDisk);
    return { opened, live: this.#durable.copy() };
  }

  isOwnedBy(storage: MemoryStorage): boolean {
    return this.#owner === storage;
  }

  persist(turns: readonly Turn[]): void {
    for (const turn of turns) this.#durable.apply(turn);
  }
}

export class MemoryStorage implements ReplicaDisk {
  readonly table: TableReader = {
    get: (key: string): Uint8Array | undefined => this.#live.table.get(key),
    scan: (range: KeyRange, limit: ScanLimit): readonly Row[] => this.#live.table.scan(range, limit),
    keys: (range: KeyRange, limit: ScanLimit): readonly string[] => this.#live.table.keys(range, limit),
  };
  readonly #disk: MemoryDisk;
  readonly #options: MemoryStorageOptions;
  #live = new MemoryImage();
  #view: MemoryView | undefined;
  #state: 'new' | 'open' | 'crashed' = 'new';
  /** Written, but not on the disk: the last `#pending.length` of `#written` turns. */
  #pending: Turn[] = [];
  #written = 0;
  #flushes: Flush[] = [];

  constructor(disk: MemoryDisk, options: Partial<MemoryStorageOptions> = {}) {
    this.#disk = disk;
    this.#options = { ...AT_ONCE, ...options };
  }

  /** Turns that a crash now would lose. */
  get pendingTurns(): number {
    return this.#pending.length;
  }

  open(membership: Membership, newDisk?: DiskId): OpenedStorage {
    invariant(this.#state === 'new', 'a process opens its storage once');
    this.#assertRoom();
    const { opened, live } = this.#disk.open(this, membership, newDisk);
    this.#live = live;
    this.#state = 'open';
    return opened;
  }

  write(turn: Turn): void {
    this.#assertOpen();
    this.#assertRoom();
    if (this.#options.supersededWrite === 'throws' && !this.#disk.isOwnedBy(this)) {
      throw new Error('a newer incarnation has opened this disk');
    }
    const view = this.#view;
    const installs = turn.store?.install?.done === true;
    if (view !== undefined && !installs && turn.applied !== undefined) view.remember(turn.applied.changes);
    this.#live.apply(turn);
    if (installs) this.#closeView();
    this.#pending.push(turn);
    this.#written += 1;
  }

  flush(onDurable: () => void): void {
    this.#assertOpen();
    const flush = { through: this.#written, onDurable };
    this.#flushes.push(flush);
    this.#options.schedule(() => this.#complete(flush));
  }

  openView(): FrozenView {
    this.#assertOpen();
    this.#closeView();
    const { applied, membership } = this.#live.record;
    this.#view = new MemoryView({ ...applied, membership }, this.#live.table);
    return this.#view;
  }

  /**
   * The process dies. The first `turnsKept` of its pending turns had reached the disk, though nobody was told; the
   * rest is lost. No flush of it calls back any more.
   */
  crash(turnsKept = 0): void {
    if (this.#disk.isOwnedBy(this)) this.#disk.persist(this.#pending.slice(0, turnsKept));
    this.#state = 'crashed';
    this.#pending = [];
    this.#flushes = [];
  }

  #complete(flush: Flush): void {
    // Of a crashed process no flush is left; one that was completed with a later one is gone as well.
    if (!this.#flushes.includes(flush)) return;
    const durable = this.#written - this.#pending.length;
    if (flush.through > durable && !this.#disk.isOwnedBy(this)) return;
    this.#disk.persist(this.#pending.splice(0, flush.through - durable));
    const completed = this.#flushes.splice(0, this.#flushes.indexOf(flush) + 1);
    for (const { onDurable } of completed) {
      // What is called back may crash the process.
      if (this.#state === 'open') onDurable();
    }
  }

  #closeView(): void {
    this.#view?.close();
    this.#view = undefined;
  }

  shortage(): string | undefined {
    return this.#options.room() === 'ample' ? undefined : 'the disk is nearly full';
  }

  #assertRoom(): void {
    if (this.#options.room() === 'full') throw new DiskFullError('the disk is full');
  }

  #assertOpen(): void {
    invariant(this.#state === 'open', `the storage is ${this.#state}, not open`);
  }
}
