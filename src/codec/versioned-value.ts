/** The row of a value: its version in eight bytes, then the value as it is, so that a read copies nothing. */

import { FormatError } from './format-error.ts';

const VERSION_BYTES = 8;

export interface VersionedValue {
  readonly version: number;
  readonly value: Uint8Array;
}

/** The value is `parts` put together. */
export function encodeVersionedValue(version: number, parts: readonly Uint8Array[]): Uint8Array {
  const row = new Uint8Array(parts.reduce((bytes, part) => bytes + part.length, VERSION_BYTES));
  new DataView(row.buffer).setBigUint64(0, BigInt(version));
  let offset = VERSION_BYTES;
  for (const part of parts) {
    row.set(part, offset);
    offset += part.length;
  }
  return row;
}

/** The value is a view of `row`. Throws `FormatError`. */
export function decodeVersionedValue(row: Uint8Array): VersionedValue {
  if (row.length < VERSION_BYTES)
    throw new FormatError(`a value's row of ${row.length} bytes has no version`);
  const version = Number(new DataView(row.buffer, row.byteOffset).getBigUint64(0));
  if (!Number.isSafeInteger(version)) throw new FormatError('the version of a value is too large');
  return { version, value: row.subarray(VERSION_BYTES) };
}
