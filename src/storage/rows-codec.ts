/** The bytes of a snapshot chunk: rows of a state table, in CBOR, after the number of the format. */

import { decode, encode } from 'cborg';
import { FormatError } from './replica-storage.ts';
import type { Row } from './table.ts';

const ROWS_FORMAT = 1;

/** `[format, key, value, key, value, ...]` */
export function encodeRows(rows: readonly Row[]): Uint8Array {
  const items: (number | string | Uint8Array)[] = [ROWS_FORMAT];
  for (const { key, value } of rows) items.push(key, value);
  return encode(items);
}

export function decodeRows(data: Uint8Array): readonly Row[] {
  const items: unknown = decode(data);
  if (!Array.isArray(items) || items[0] !== ROWS_FORMAT) {
    throw new FormatError(
      `a snapshot chunk has format ${Array.isArray(items) ? items[0] : typeof items}; this code knows ` +
        `format ${ROWS_FORMAT}. Finish the rollout, so that all replicas of the group run the same version.`,
    );
  }
  const rows: Row[] = [];
  for (let at = 1; at < items.length; at += 2) {
    const key: unknown = items[at];
    const value: unknown = items[at + 1];
    if (typeof key !== 'string' || !(value instanceof Uint8Array)) {
      throw new FormatError(`item ${at} of a snapshot chunk does not begin a row`);
    }
    rows.push({ key, value });
  }
  return rows;
}
