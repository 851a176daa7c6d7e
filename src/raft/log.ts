/**
 * The replicated log of one replica, as far as it was not compacted (Raft §5.3, §7). A cache of what the host stores.
 *
 * Invariants:
 * raft.L1  Entries are contiguous: entry i of the array has index `compacted.index + 1 + i`.
 * raft.L2  Terms never fall along the log.
 * raft.L3  Nothing at or below the commit index is ever truncated (the caller passes it).
 */

import { invariant } from './invariant.ts';
import { asIndex, type Entry, type Index, type LogId, type Term } from './types.ts';

export class Log {
  #compacted: LogId;
  #entries: Entry[];
  #bytes: number;

  constructor(compacted: LogId, entries: readonly Entry[]) {
    this.#compacted = compacted;
    this.#entries = [];
    this.#bytes = 0;
    this.append(entries);
  }

  /** The entry just before the first one that is held; its index and term are known, its payload is not. */
  get compacted(): LogId {
    return this.#compacted;
  }

  get firstIndex(): Index {
    return asIndex(this.#compacted.index + 1);
  }

  get last(): LogId {
    return this.#entries.at(-1) ?? this.#compacted;
  }

  get lastIndex(): Index {
    return this.last.index;
  }

  /** Payload bytes held in memory. */
  get bytes(): number {
    return this.#bytes;
  }

  entry(index: Index): Entry | undefined {
    return this.#entries[index - this.firstIndex];
  }

  /** The term at `index`, or undefined where the log does not reach: compacted away, or not there yet. */
  term(index: Index): Term | undefined {
    if (index === this.#compacted.index) return this.#compacted.term;
    return this.entry(index)?.term;
  }

  contains(id: LogId): boolean {
    return this.term(id.index) === id.term;
  }

  append(entries: readonly Entry[]): void {
    for (const entry of entries) {
      const { index, term } = this.last;
      invariant(entry.index === index + 1, `raft.L1: entry ${entry.index} appended after ${index}`);
      invariant(entry.term >= term, `raft.L2: term ${entry.term} appended after term ${term}`);
      this.#entries.push(entry);
      this.#bytes += entry.payload.byteLength;
    }
  }

  truncateFrom(index: Index, commit: Index): void {
    invariant(index > commit, `raft.L3: ${commit} is committed, and the log is cut from ${index}`);
    for (const dropped of this.#entries.splice(index - this.firstIndex)) {
      this.#bytes -= dropped.payload.byteLength;
    }
  }

  /** Entries in [from, to], at least one if there is one, then as many as fit into `bytesMax`. */
  slice(from: Index, to: Index, bytesMax: number): readonly Entry[] {
    const start = from - this.firstIndex;
    invariant(start >= 0, `entry ${from} was compacted away; the log begins at ${this.firstIndex}`);
    let end = start;
    let bytes = 0;
    while (end <= to - this.firstIndex) {
      const entry = this.#entries[end];
      if (entry === undefined) break;
      bytes += entry.payload.byteLength;
      if (bytes > bytesMax && end > start) break;
      end += 1;
    }
    return this.#entries.slice(start, end);
  }

  /** Payload bytes of all entries after `index`. */
  bytesAfter(index: Index): number {
    const after = this.#entries.slice(index - this.#compacted.index);
    return after.reduce((sum, entry) => sum + entry.payload.byteLength, 0);
  }

  /** The index before the longest tail that has at most so many entries and bytes. */
  beforeTail(entriesMax: number, bytesMax: number): Index {
    let bytes = 0;
    let length = 0;
    for (const { payload } of this.#entries.toReversed()) {
      bytes += payload.byteLength;
      if (bytes > bytesMax || length === entriesMax) break;
      length += 1;
    }
    return asIndex(this.lastIndex - length);
  }

  /** The first entry that is missing here or has another term here; undefined when all are present. */
  firstConflict(entries: readonly Entry[]): Index | undefined {
    return entries.find((entry) => this.term(entry.index) !== entry.term)?.index;
  }

  /**
   * The last place at or before `index` whose term is at most `term`: where the other log can still agree with this
   * one. Used by both sides, so that a probe skips a whole term per round trip (§5.3, last paragraphs).
   */
  lastAtOrBelowTerm(index: Index, term: Term): LogId {
    let at = Math.min(index, this.lastIndex);
    while (at > this.#compacted.index) {
      const candidate = this.entry(asIndex(at));
      if (candidate !== undefined && candidate.term <= term) return candidate;
      at -= 1;
    }
    return this.#compacted;
  }

  compact(through: Index): void {
    const term = this.term(through);
    invariant(
      term !== undefined && through >= this.#compacted.index,
      `cannot compact through ${through}: the log holds ${this.firstIndex} to ${this.lastIndex}`,
    );
    const dropped = this.#entries.splice(0, through - this.#compacted.index);
    for (const entry of dropped) this.#bytes -= entry.payload.byteLength;
    this.#compacted = { index: through, term };
  }

  /** A snapshot took the log's place. Entries after it stay only if the log agrees with it (figure 13, steps 6-7). */
  restart(snapshot: LogId): void {
    if (this.contains(snapshot)) return this.compact(snapshot.index);
    this.#entries = [];
    this.#bytes = 0;
    this.#compacted = { index: snapshot.index, term: snapshot.term };
  }
}
