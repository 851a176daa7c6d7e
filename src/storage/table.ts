/**
 * The one shape in which state is kept: rows of bytes, ordered by key. A key/value store, its sessions, a shard's
 * data, the controller's configurations: all are ranges of rows of such a table. Keys are well-formed strings ordered
 * by code point, which is the order of their UTF-8 bytes and so the order of SQLite. Values belong to the table once
 * they are put, and stay its own when they are read: neither side writes into them.
 */
export interface TableReader {
  get(key: string): Uint8Array | undefined;
  /** Rows with `range.from` <= key < `range.to`, in order: as many as fit into both limits, but at least one if there is one. */
  scan(range: KeyRange, limit: ScanLimit): readonly Row[];
  /** The keys of the rows that `scan` would answer. Does not read the values if it can do without. */
  keys(range: KeyRange, limit: ScanLimit): readonly string[];
}

export interface Table extends TableReader {
  put(key: string, value: Uint8Array): void;
  delete(key: string): void;
}

export interface Row {
  readonly key: string;
  readonly value: Uint8Array;
}

/** `to` undefined means "to the end". */
export interface KeyRange {
  readonly from: string;
  readonly to: string | undefined;
}

export interface ScanLimit {
  readonly rowsMax: number;
  /** Bytes of keys and values. */
  readonly bytesMax: number;
}
