import { encodeText } from '../codec/index.ts';
import { asIndex, asTerm, type Entry, type Index } from '../raft/index.ts';
import { DamagedDiskError, rowChecksum } from './damaged-disk.ts';
import { assertRowBytes } from './limits.ts';
import { ENTRY_KINDS, entryBytes, toEntry } from './raft-shapes.ts';
import { runInBatches } from './sql-batches.ts';
import type { SqlPort, SqlRow } from './sql-port.ts';

/** The log's rows: one an entry, which is a batch of commands. Rows at or below the compacted index are waste. */
export class SqlLog {
  readonly #port: SqlPort;

  constructor(port: SqlPort) {
    this.#port = port;
  }

  entriesAfter(compacted: Index): readonly Entry[] {
    return this.#port
      .query('SELECT idx, term, kind, payload, sum FROM log WHERE idx > ? ORDER BY idx', compacted)
      .map((row, at) => readEntry(row, compacted + 1 + at));
  }

  truncateFrom(index: Index): void {
    this.#port.query('DELETE FROM log WHERE idx >= ?', index);
  }

  append(entries: readonly Entry[]): void {
    for (const { payload } of entries) assertRowBytes(payload.byteLength);
    runInBatches(
      this.#port,
      (values) => `INSERT INTO log (idx, term, kind, payload, sum) VALUES ${values}`,
      entries.map((entry) => {
        const { index, term, kind } = entry;
        const payload = entryBytes(entry);
        return [index, term, kind, payload, entryChecksum(index, term, kind, payload)];
      }),
    );
  }

  /** Deletes at most `rowsMax` wasted rows, the oldest first. Answers whether any may be left. */
  sweep(compacted: Index, rowsMax: number): boolean {
    const [row] = this.#port.query('SELECT min(idx) FROM log WHERE idx <= ?', compacted);
    const oldest = row?.[0];
    if (typeof oldest !== 'number') return false;
    const last = Math.min(oldest + rowsMax - 1, compacted);
    this.#port.query('DELETE FROM log WHERE idx <= ?', last);
    return last < compacted;
  }
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
