import { encode } from 'cborg';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeRows, encodeRows, FormatError } from '../../../src/storage/index.ts';
import { arbitraryKey, arbitraryValue } from './arbitraries.ts';

test('a chunk decodes to the rows that were encoded', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ key: arbitraryKey, value: arbitraryValue })), (rows) => {
      expect(decodeRows(encodeRows(rows))).toEqual(rows);
    }),
  );
});

test('a chunk of an unknown format is refused, saying which was found and which is known', () => {
  expect(() => decodeRows(encode([2, 'key', new Uint8Array()]))).toThrow(FormatError);
  expect(() => decodeRows(encode([2, 'key', new Uint8Array()]))).toThrow(
    /format 2; this code knows format 1/,
  );
});

test('a chunk that does not consist of rows is refused', () => {
  for (const malformed of [
    encode({}),
    encode([1, 'key']),
    encode([1, 'key', 'value']),
    encode([1, 5, new Uint8Array()]),
  ]) {
    expect(() => decodeRows(malformed)).toThrow(FormatError);
  }
  expect(() => decodeRows(encodeRows([{ key: 'key', value: new Uint8Array(9) }]).subarray(0, 8))).toThrow();
});
