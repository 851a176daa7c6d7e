/** Scans are lazy sequences of rows in key order, merged and cut to a limit by the same functions everywhere. */

import { textByteLength } from '../codec/index.ts';
import { compareKeys, keyAfter } from './keys.ts';
import type { KeyRange, Row, ScanLimit, TableReader } from './table.ts';

/** A row of a layer above a table: its value hides the table's; undefined hides the row. */
export type OverlayRow = readonly [key: string, value: Uint8Array | undefined];

/** As many rows as fit into both limits, but at least one if there is one. */
export function takeRows(rows: Iterable<Row>, limit: ScanLimit): readonly Row[] {
  const taken: Row[] = [];
  let bytes = 0;
  for (const row of rows) {
    bytes += textByteLength(row.key) + row.value.byteLength;
    if (taken.length > 0 && bytes > limit.bytesMax) break;
    taken.push(row);
    if (taken.length >= limit.rowsMax) break;
  }
  return taken;
}

/** All rows of a range, read page by page: what is not asked for is not read. */
export function* pagedRows(
  reader: Pick<TableReader, 'scan'>,
  range: KeyRange,
  page: ScanLimit,
): Generator<Row, void> {
  let { from } = range;
  for (;;) {
    const rows = reader.scan({ from, to: range.to }, page);
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined) return;
    from = keyAfter(last.key);
  }
}

/** The rows one sees who looks at `base` through `overlay`. Both are in key order. */
export function* overlaidRows(base: Iterable<Row>, overlay: Iterable<OverlayRow>): Generator<Row, void> {
  const hidden = overlay[Symbol.iterator]();
  let above = hidden.next();
  for (const row of base) {
    while (above.done !== true && compareKeys(above.value[0], row.key) < 0) {
      yield* presentRow(above.value);
      above = hidden.next();
    }
    if (above.done !== true && above.value[0] === row.key) {
      yield* presentRow(above.value);
      above = hidden.next();
    } else {
      yield row;
    }
  }
  while (above.done !== true) {
    yield* presentRow(above.value);
    above = hidden.next();
  }
}

function* presentRow([key, value]: OverlayRow): Generator<Row, void> {
  if (value !== undefined) yield { key, value };
}
