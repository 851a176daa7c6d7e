/**
 * The log's rows: one an entry, which is a batch of commands. A row lies in a slot. The slots of compacted entries are
 * free, and new entries take their place: to write over a row costs one row, and to delete it would cost another.
 *
 * Invariants:
 * storage.L1  A row is an entry of the log if its index is above the compacted one, and free if not: the record says so,
 *     and is written in the same transaction. Entries that are cut off are deleted, since nothing would tell them apart.
 * storage.L2  Free slots are few and small: what is beyond the limits is deleted, some in each turn. On a disk that is
 *     short of room all are.
 * storage.L3  What is kept in memory of the slots changes only after the transaction did.
 */

import { encodeText } from '../codec/index.ts';
import { asIndex, asTerm, type Entry, type Index, type Store } from '../raft/index.ts';
import { DamagedDiskError, rowChecksum } from './damaged-disk.ts';
import { assertRowBytes, STATEMENT_PARAMETERS_MAX } from './limits.ts';
import { ENTRY_KINDS, entryBytes, toEntry } from './raft-shapes.ts';
import { runInBatches } from './sql-batches.ts';
import { integerCell, type SqlPort, type SqlRow } from './sql-port.ts';

/** As many as a log of the usual limits leaves free when it is compacted. */
const FREE_SLOTS = { rowsMax: 4096, bytesMax: 8 << 20 } as const;
const NO_SLOTS = { rowsMax: 0, bytesMax: 0 } as const;

interface Slot {
  readonly slot: number;
  /** Of the payload of the row that lies there. */
  readonly bytes: number;
}

interface TakenSlot extends Slot {
  readonly index: Index;
}

type LogChange = Pick<Store, 'truncateFrom' | 'append'>;

export interface LogPlan {
  readonly append: readonly Entry[];
  /** Where they go. */
  readonly added: readonly TakenSlot[];
  /** Rows that are deleted: of entries that are cut off, and free ones. */
  readonly cut: readonly Slot[];
  readonly excess: readonly Slot[];
  /** How many of the taken slots stay, how many of the free ones, and which are free from now on. */
  readonly kept: number;
  readonly left: number;
  readonly released: readonly TakenSlot[];
}

/** Rows of six columns. */
const APPENDED_AT_ONCE = Math.floor(STATEMENT_PARAMETERS_MAX / 6);

export class SqlLog {
  readonly #port: SqlPort;
  readonly #deletedRowsMax: number;
  /** By rising index, without a gap. */
  #taken: TakenSlot[] = [];
  #free: Slot[] = [];
  #freeBytes = 0;
  /** Above all slots. */
  #end = 0;

  /** `deletedRowsMax`: free slots that one turn deletes. */
  constructor(port: SqlPort, deletedRowsMax: number) {
    this.#port = port;
    this.#deletedRowsMax = deletedRowsMax;
  }

  /** The entries of the log, which begins after `compacted`. Throws `DamagedDiskError`. */
  open(compacted: Index): readonly Entry[] {
    // SQLite knows the length of a payload without reading it.
    const free = this.#port.query('SELECT slot, length(payload) FROM log WHERE idx <= ?', compacted);
    this.#setFree(free.map((row) => ({ slot: integerCell(row, 0), bytes: integerCell(row, 1) })));
    const rows = this.#port
      .query('SELECT idx, term, kind, payload, sum, slot FROM log WHERE idx > ?', compacted)
      .toSorted(([left], [right]) => Number(left) - Number(right));
    const read = rows.map((row, at) => {
      const entry = readEntry(row, compacted + 1 + at);
      return { entry, taken: takenBy(entry, integerCell(row, 5)) };
    });
    this.#taken = read.map(({ taken }) => taken);
    this.#end = 1 + [...this.#free, ...this.#taken].reduce((last, { slot }) => Math.max(last, slot), -1);
    return read.map(({ entry }) => entry);
  }

  /** What a turn does to the log, which begins after `compacted`. `isShort` is asked only if there is something to delete. */
  plan({ truncateFrom, append }: LogChange, compacted: Index, isShort: () => boolean): LogPlan {
    const kept = this.#countBelow(truncateFrom ?? Number.POSITIVE_INFINITY);
    const released = this.#taken.slice(0, Math.min(kept, this.#countBelow(compacted + 1)));
    const left = Math.max(0, this.#free.length - append.length);
    const reused = this.#free.slice(left);
    const added = append.map((entry, at) =>
      takenBy(entry, reused[at]?.slot ?? this.#end + at - reused.length),
    );
    for (const { bytes } of added) assertRowBytes(bytes);
    const excess = this.#excess(left, released, isShort);
    return { append, added, left, kept, released, excess, cut: this.#taken.slice(kept) };
  }

  /** In a transaction, unless it is one statement. What is returned is to be called after it (storage.L3). */
  write({ append, added, left, kept, released, excess, cut }: LogPlan): () => void {
    this.#delete(cut);
    this.#put(append, added);
    this.#delete(excess);
    return () => {
      this.#end += added.length - Math.min(this.#free.length, append.length);
      this.#taken.splice(kept);
      this.#taken.splice(0, released.length);
      this.#taken.push(...added);
      if (released.length > 0 || excess.length > 0) {
        this.#setFree([...this.#free.slice(0, left), ...released].slice(excess.length));
      } else {
        for (const { bytes } of this.#free.splice(left)) this.#freeBytes -= bytes;
      }
    };
  }

  #setFree(free: readonly Slot[]): void {
    this.#free = [...free];
    this.#freeBytes = free.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  #countBelow(index: number): number {
    const first = this.#taken[0]?.index ?? index;
    return Math.min(Math.max(index - first, 0), this.#taken.length);
  }

  #put(entries: readonly Entry[], taken: readonly TakenSlot[]): void {
    runInBatches(
      this.#port,
      (values) =>
        `INSERT INTO log (slot, idx, term, kind, payload, sum) VALUES ${values}
         ON CONFLICT (slot) DO UPDATE SET
           idx = excluded.idx, term = excluded.term, kind = excluded.kind, payload = excluded.payload, sum = excluded.sum`,
      entries.map((entry, at) => {
        const { index, term, kind } = entry;
        const payload = entryBytes(entry);
        const sum = entryChecksum(index, term, kind, payload);
        return [taken[at]?.slot ?? null, index, term, kind, payload, sum];
      }),
    );
  }

  #delete(slots: readonly Slot[]): void {
    runInBatches(
      this.#port,
      (values) => `DELETE FROM log WHERE slot IN (VALUES ${values})`,
      slots.map(({ slot }) => [slot]),
    );
  }

  /** storage.L2: of the first `left` free slots and those that are `released`, in this order, the first ones. */
  #excess(left: number, released: readonly Slot[], isShort: () => boolean): readonly Slot[] {
    if (left + released.length === 0) return [];
    const { rowsMax, bytesMax } = isShort() ? NO_SLOTS : FREE_SLOTS;
    // In most turns: they are thousands, and need not be looked at.
    if (released.length === 0 && left <= rowsMax && this.#freeBytes <= bytesMax) return [];
    const free = [...this.#free.slice(0, left), ...released];
    let bytes = free.reduce((sum, slot) => sum + slot.bytes, 0);
    let excess = 0;
    for (const slot of free) {
      const isWithin = free.length - excess <= rowsMax && bytes <= bytesMax;
      if (isWithin || excess === this.#deletedRowsMax) break;
      bytes -= slot.bytes;
      excess += 1;
    }
    return free.slice(0, excess);
  }
}

/** One statement is a transaction by itself. */
export function isOneStatement({ append, excess, cut }: LogPlan): boolean {
  return append.length <= APPENDED_AT_ONCE && excess.length + cut.length === 0;
}

function takenBy(entry: Entry, slot: number): TakenSlot {
  return { slot, index: entry.index, bytes: entryBytes(entry).byteLength };
}

/** The first damage that is found ends it: what follows in the log is worth nothing without what is missing. */
function readEntry(row: SqlRow, expected: number): Entry {
  const [index, term, stored, payload, sum] = row;
  const kind = ENTRY_KINDS.find((known) => known === stored);
  const isEntry =
    index === expected && typeof term === 'number' && kind !== undefined && payload instanceof Uint8Array;
  if (!isEntry) throw new DamagedDiskError(`entry ${expected} of the log is missing or is none`);
  if (entryChecksum(index, term, kind, payload) !== sum) {
    throw new DamagedDiskError(`entry ${expected} of the log has a wrong checksum`);
  }
  return toEntry({ index: asIndex(index), term: asTerm(term), kind, payload });
}

function entryChecksum(index: number, term: number, kind: Entry['kind'], payload: Uint8Array): number {
  return rowChecksum(encodeText(`${index} ${term} ${kind}`), payload);
}
