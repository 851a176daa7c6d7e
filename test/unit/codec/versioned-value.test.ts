import { expect, test } from 'vitest';
import { decodeVersionedValue, encodeVersionedValue, FormatError } from '../../../src/codec/index.ts';

test('the version comes first, in eight bytes, and the parts of the value follow as one', () => {
  const row = encodeVersionedValue(258, [Uint8Array.of(7), new Uint8Array(0), Uint8Array.of(8, 9)]);
  expect([...row]).toEqual([0, 0, 0, 0, 0, 0, 1, 2, 7, 8, 9]);
  expect(decodeVersionedValue(row)).toEqual({ version: 258, value: Uint8Array.of(7, 8, 9) });
});

test('the value is a view of the row: a read copies nothing', () => {
  const row = encodeVersionedValue(1, [Uint8Array.of(7)]);
  expect(decodeVersionedValue(row).value.buffer).toBe(row.buffer);
});

test('a row in the middle of other bytes is read as if it were alone', () => {
  const row = encodeVersionedValue(5, [Uint8Array.of(7)]);
  const around = Uint8Array.of(9, 9, 9, ...row, 9);
  expect(decodeVersionedValue(around.subarray(3, -1))).toEqual({ version: 5, value: Uint8Array.of(7) });
});

test('the largest exact version is one, and a larger is refused; so is a row without a version', () => {
  const row = encodeVersionedValue(Number.MAX_SAFE_INTEGER, []);
  expect(decodeVersionedValue(row).version).toBe(Number.MAX_SAFE_INTEGER);
  expect(() => decodeVersionedValue(row.with(1, 0x20))).toThrow(FormatError);
  for (let length = 0; length < 8; length += 1) {
    expect(() => decodeVersionedValue(row.subarray(0, length))).toThrow(FormatError);
  }
});
