import { asIndex, type Entry, type Index, type LogId, type Store, type Term } from '../../src/raft/index.ts';

/** A log as its writes say it should be. Keeps what was compacted, so that it can still be compared. */
export class ShadowLog {
  /** The entries begin after this one. */
  #base: LogId;
  #compacted: Index;
  #entries: Entry[];

  constructor(compacted: LogId, entries: readonly Entry[]) {
    this.#base = compacted;
    this.#compacted = compacted.index;
    this.#entries = [...entries];
  }

  get base(): Index {
    return this.#base.index;
  }

  /** The state stands for everything up to here. */
  get compacted(): Index {
    return this.#compacted;
  }

  get lastIndex(): Index {
    return asIndex(this.#base.index + this.#entries.length);
  }

  entry(index: Index): Entry | undefined {
    return this.#entries[index - this.#base.index - 1];
  }

  term(index: Index): Term | undefined {
    return index === this.#base.index ? this.#base.term : this.entry(index)?.term;
  }

  holds(entry: Entry): boolean {
    return entry.index <= this.#compacted || this.term(entry.index) === entry.term;
  }

  write({ truncateFrom, install, append, compactThrough }: Store): void {
    if (truncateFrom !== undefined) {
      const kept = truncateFrom - this.#base.index - 1;
      if (kept < this.#entries.length) this.#entries.length = Math.max(0, kept);
    }
    if (install?.done && this.term(install.snapshot.index) !== install.snapshot.term) {
      this.#base = install.snapshot;
      this.#entries = [];
    }
    for (const entry of append) if (entry.index > this.#base.index) this.#entries.push(entry);
    if (compactThrough !== undefined && compactThrough.index > this.#compacted) {
      this.#compacted = compactThrough.index;
    }
  }
}

export function isSameEntry(left: Entry, right: Entry): boolean {
  return (
    left === right ||
    (left.index === right.index &&
      left.term === right.term &&
      left.kind === right.kind &&
      isSameBytes(left.payload, right.payload))
  );
}

export function isSameBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left === right) return true;
  if (left.byteLength !== right.byteLength) return false;
  return left.every((byte, at) => byte === right[at]);
}
