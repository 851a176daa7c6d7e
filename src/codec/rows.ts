/**
 * Rows of a state table on their way to another replica or another group: encoded once where they are read, copied as
 * bytes, decoded where they are written. After the number of the format, for each row:
 *
 *   u32 length of the key | u32 length of the value, or DELETED | the key in UTF-8 | the value
 *
 * Not CBOR: there are thousands of rows, and each replica decodes all of them.
 */

import { FormatError } from './format-error.ts';
import { decodeText, encodeText } from './text.ts';

/** A row to write; undefined deletes it. */
export type RowChange = readonly [key: string, value: Uint8Array | undefined];

const FORMAT = 2;
const LENGTHS_BYTES = 8;
const DELETED = 0xffff_ffff;

export function encodeRowChanges(changes: Iterable<RowChange>): Uint8Array {
  const rows = Array.from(changes, ([key, value]) => ({ key: encodeText(key), value }));
  const length = rows.reduce(
    (sum, { key, value }) => sum + LENGTHS_BYTES + key.byteLength + (value?.byteLength ?? 0),
    1,
  );
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  bytes[0] = FORMAT;
  let at = 1;
  for (const { key, value } of rows) {
    view.setUint32(at, key.byteLength);
    view.setUint32(at + 4, value?.byteLength ?? DELETED);
    at += LENGTHS_BYTES;
    bytes.set(key, at);
    at += key.byteLength;
    if (value === undefined) continue;
    bytes.set(value, at);
    at += value.byteLength;
  }
  return bytes;
}

/** The values are views of `bytes`. Throws `FormatError` on another format, and on rows that do not end. */
export function decodeRowChanges(bytes: Uint8Array): readonly RowChange[] {
  if (bytes[0] !== FORMAT) {
    throw new FormatError(`rows: format ${bytes[0]} is unknown; this code knows ${FORMAT}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const changes: RowChange[] = [];
  for (let at = 1; at < bytes.byteLength; ) {
    if (at + LENGTHS_BYTES > bytes.byteLength) throw new FormatError('rows end too early');
    const keyEnd = at + LENGTHS_BYTES + view.getUint32(at);
    const valueLength = view.getUint32(at + 4);
    const end = valueLength === DELETED ? keyEnd : keyEnd + valueLength;
    if (end > bytes.byteLength) throw new FormatError('rows end too early');
    const key = decodeText(bytes.subarray(at + LENGTHS_BYTES, keyEnd));
    changes.push([key, valueLength === DELETED ? undefined : bytes.subarray(keyEnd, end)]);
    at = end;
  }
  return changes;
}

/** Undefined instead of `FormatError`, for those who were sent the bytes. */
export function tryDecodeRowChanges(bytes: Uint8Array): readonly RowChange[] | undefined {
  try {
    return decodeRowChanges(bytes);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}
