/** The disk of one lab server, and what a crash leaves of it; it also tells how large it is, as the course measures. */

import { encodeRowChanges } from '../../src/codec/index.ts';
import type { Membership } from '../../src/raft/index.ts';
import type { OpenedStorage, ReplicaStorage, Row, Turn } from '../../src/storage/index.ts';
import { WriteBehind } from '../../src/storage/index.ts';
import { MemoryDisk, MemoryStorage } from '../../tools/memory-storage/index.ts';
import type { Random } from '../sim/random.ts';
import { freshPersister, type Persister, raftStateSize, write } from './persister.ts';
import type { Timeline } from './timeline.ts';

/** Exclusive. */
const FLUSH_MS_BOUND = 2;
const EVERYTHING = { rowsMax: Number.POSITIVE_INFINITY, bytesMax: Number.POSITIVE_INFINITY };

export class GroupDisk {
  readonly #disk = new MemoryDisk();
  #memory: MemoryStorage | undefined;
  #storage: ReplicaStorage | undefined;
  /** What consensus has written, beside the storage that is tested: the measure does not rest on what it measures. */
  #persister: Persister;
  /** Before the log shrank the last time, or ever. */
  #raftStateSizePeak = 0;
  #compactions = 0;
  #snapshotsInstalled = 0;

  constructor(membership: Membership) {
    this.#persister = freshPersister(membership);
  }

  /** Bytes of term, vote, membership and log: what the course bounds by `maxraftstate`. */
  get raftStateSize(): number {
    return raftStateSize(this.#persister);
  }

  /** The largest that it ever was. */
  get raftStateSizePeak(): number {
    return Math.max(this.#raftStateSizePeak, this.raftStateSize);
  }

  /**
   * Bytes of the state table, sessions included. The table stands for the course's snapshot, as it is what a snapshot
   * would hold; there is no second copy of it on the disk.
   */
  get stateSize(): number {
    return encodeRowChanges(this.rows.map(({ key, value }) => [key, value])).byteLength;
  }

  get rows(): readonly Row[] {
    return this.#storage?.table.scan({ from: '', to: undefined }, EVERYTHING) ?? [];
  }

  /** How often the log has forgotten entries: where the course wants no snapshot, none may. */
  get compactions(): number {
    return this.#compactions;
  }

  get snapshotsInstalled(): number {
    return this.#snapshotsInstalled;
  }

  /** A new process on this disk. */
  open(timeline: Timeline, random: Random): ReplicaStorage {
    const memory = new MemoryStorage(this.#disk, {
      schedule: (deliver) => timeline.after(random.below(FLUSH_MS_BOUND), deliver),
    });
    this.#memory = memory;
    this.#storage = new WriteBehind({
      table: memory.table,
      open: (membership) => this.#opened(memory.open(membership), membership),
      write: (turn) => {
        memory.write(turn);
        this.#observe(turn);
      },
      flush: (onDurable) => memory.flush(onDurable),
      openView: () => memory.openView(),
      shortage: () => memory.shortage(),
    });
    return this.#storage;
  }

  /** The process dies: any first part of what was not flushed may have reached the disk. */
  crash(random: Random): void {
    this.#raftStateSizePeak = this.raftStateSizePeak;
    const pending = this.#memory?.pendingTurns ?? 0;
    this.#memory?.crash(random.below(pending + 1));
  }

  #opened(opened: OpenedStorage, membership: Membership): OpenedStorage {
    const { hardState, compacted, entries } = opened.state;
    this.#persister = { ...freshPersister(membership), hardState, compacted, entries };
    return opened;
  }

  #observe({ store }: Turn): void {
    if (store === undefined) return;
    const { compactThrough, install, truncateFrom } = store;
    const shrinks = compactThrough !== undefined || truncateFrom !== undefined;
    if (shrinks) this.#raftStateSizePeak = this.raftStateSizePeak;
    if (compactThrough !== undefined) this.#compactions += 1;
    if (install?.done === true) this.#snapshotsInstalled += 1;
    // The rows of a snapshot go to the state table, which is measured by itself.
    this.#persister = write(this.#persister, { ...store, install: undefined }, undefined);
  }
}
