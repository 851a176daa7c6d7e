import { invariant } from '../protocol/index.ts';

/** A data row: the version in eight bytes, then the value as it is, so that a read copies nothing. */
const VERSION_BYTES = 8;

export interface StoredValue {
  readonly version: number;
  readonly value: Uint8Array;
}

/** The value is `parts` put together. */
export function encodeStoredValue(version: number, parts: readonly Uint8Array[]): Uint8Array {
  const row = new Uint8Array(parts.reduce((bytes, part) => bytes + part.length, VERSION_BYTES));
  new DataView(row.buffer).setBigUint64(0, BigInt(version));
  let offset = VERSION_BYTES;
  for (const part of parts) {
    row.set(part, offset);
    offset += part.length;
  }
  return row;
}

export function decodeStoredValue(row: Uint8Array): StoredValue {
  invariant(row.length >= VERSION_BYTES, `a data row of ${row.length} bytes has no version`);
  const version = new DataView(row.buffer, row.byteOffset).getBigUint64(0);
  return { version: Number(version), value: row.subarray(VERSION_BYTES) };
}
