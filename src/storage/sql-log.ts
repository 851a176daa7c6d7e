import { asIndex, asTerm, type Entry, type Index, invariant } from '../raft/index.ts';
import { assertRowBytes } from './limits.ts';
import { ENTRY_KINDS, entryBytes, toEntry } from './raft-shapes.ts';
import { runInBatches } from './sql-batches.ts';
import { bytesCell, integerCell, type SqlPort, type SqlRow, textCell } from './sql-port.ts';

/** The log's rows: one an entry, which is a batch of commands. Rows at or below the compacted index are waste. */
export class SqlLog {
  readonly #port: SqlPort;

  constructor(port: SqlPort) {
    this.#port = port;
  }

  entriesAfter(compacted: Index): readonly Entry[] {
    return this.#port
      .query('SELECT idx, term, kind, payload FROM log WHERE idx > ? ORDER BY idx', compacted)
      .map(readEntry);
  }

  truncateFrom(index: Index): void {
    this.#port.query('DELETE FROM log WHERE idx >= ?', index);
  }

  append(entries: readonly Entry[]): void {
    for (const { payload } of entries) assertRowBytes(payload.byteLength);
    runInBatches(
      this.#port,
      (values) => `INSERT INTO log (idx, term, kind, payload) VALUES ${values}`,
      entries.map((entry) => [entry.index, entry.term, entry.kind, entryBytes(entry)]),
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

function readEntry(row: SqlRow): Entry {
  const stored = textCell(row, 2);
  const kind = ENTRY_KINDS.find((known) => known === stored);
  invariant(kind !== undefined, `a log row has the unknown kind ${stored}`);
  return toEntry({
    index: asIndex(integerCell(row, 0)),
    term: asTerm(integerCell(row, 1)),
    kind,
    payload: bytesCell(row, 3),
  });
}
