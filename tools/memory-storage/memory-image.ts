import { decodeRowChanges, type RowChange } from '../../src/codec/index.ts';
import {
  asIndex,
  type DiskId,
  type Entry,
  type Index,
  invariant,
  type Membership,
  type Store,
} from '../../src/raft/index.ts';
import { assertRow, assertRowBytes } from '../../src/storage/limits.ts';
import {
  lastIndexAfter,
  nextIncarnation,
  openedStorage,
  type ReplicaRecord,
  recordAfter,
} from '../../src/storage/replica-record.ts';
import type { OpenedStorage, Turn } from '../../src/storage/replica-storage.ts';
import { MemoryTable } from './memory-table.ts';

/** All that one replica stores, in memory: there is one such image of its disk, and one of what its process sees. */
export class MemoryImage {
  #record: ReplicaRecord | undefined;
  /** Those after the compacted one. */
  #entries: Entry[] = [];
  #current = new MemoryTable();
  #staging = new MemoryTable();

  get record(): ReplicaRecord {
    invariant(this.#record !== undefined, 'the storage is used before it was opened');
    return this.#record;
  }

  get table(): MemoryTable {
    return this.#current;
  }

  open(membership: Membership, newDisk: DiskId | undefined): OpenedStorage {
    this.#record = nextIncarnation(this.#record, membership, newDisk);
    return openedStorage(this.#record, [...this.#entries]);
  }

  /** All of the turn or, if it throws, nothing: what can throw comes before what changes. */
  apply(turn: Turn): void {
    const { store, applied } = turn;
    const before = this.record;
    const after = recordAfter(before, turn);
    const chunk = store?.install === undefined ? [] : decodeRowChanges(store.install.data);
    if (store !== undefined) this.#assertLog(store);
    for (const [key, value] of chunk) if (value !== undefined) assertRow(key, value);
    for (const [key, value] of applied?.changes ?? []) if (value !== undefined) assertRow(key, value);

    this.#record = after;
    if (store?.install !== undefined) this.#stage(chunk, store.install.cursor);
    if (after.currentTable !== before.currentTable) {
      this.#current = this.#staging;
      this.#staging = new MemoryTable();
    }
    if (store !== undefined) this.#changeLog(store, after.compacted.index);
    for (const [key, value] of applied?.changes ?? []) {
      if (value === undefined) this.#current.delete(key);
      else this.#current.put(key, value);
    }
  }

  /** Shares what is never written into: entries, values, the record. */
  copy(): MemoryImage {
    const copy = new MemoryImage();
    copy.#record = this.#record;
    copy.#entries = [...this.#entries];
    copy.#current = this.#current.copy();
    copy.#staging = this.#staging.copy();
    return copy;
  }

  #assertLog(store: Store): void {
    lastIndexAfter(asIndex(this.record.compacted.index + this.#entries.length), store);
    for (const { payload } of store.append) assertRowBytes(payload.byteLength);
  }

  #stage(chunk: readonly RowChange[], cursor: string): void {
    if (cursor === '') this.#staging = new MemoryTable();
    for (const [key, value] of chunk) if (value !== undefined) this.#staging.put(key, value);
  }

  #changeLog({ truncateFrom, append }: Store, compacted: Index): void {
    const entries = this.#entries;
    const firstIndex = entries[0]?.index ?? compacted + 1;
    if (truncateFrom !== undefined) entries.length = clamp(truncateFrom - firstIndex, entries.length);
    entries.splice(0, clamp(compacted + 1 - firstIndex, entries.length));
    for (const entry of append) if (entry.index > compacted) entries.push(entry);
  }
}

function clamp(count: number, most: number): number {
  return Math.min(Math.max(count, 0), most);
}
