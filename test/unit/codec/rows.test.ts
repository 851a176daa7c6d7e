import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeRowChanges, encodeRowChanges, FormatError } from '../../../src/codec/index.ts';
import { arbitraryBytes, arbitraryText } from './support/arbitrary-of.ts';

const changes = fc.array(fc.tuple(arbitraryText, fc.option(arbitraryBytes, { nil: undefined })), {
  maxLength: 6,
});

test('rows come out as they went in, also out of the middle of other bytes', () => {
  fc.assert(
    fc.property(changes, fc.nat(9), (each, offset) => {
      const encoded = encodeRowChanges(each);
      const around = new Uint8Array(offset + encoded.byteLength + 1);
      around.set(encoded, offset);
      const within = around.subarray(offset, offset + encoded.byteLength);
      expect(decodeRowChanges(within)).toEqual(each);
    }),
  );
});

test('a row that is deleted is told from one without a byte', () => {
  const all = [
    ['empty', new Uint8Array(0)],
    ['deleted', undefined],
    ['', Uint8Array.of(1)],
  ] as const;
  expect(decodeRowChanges(encodeRowChanges(all))).toEqual(all);
});

test('rows of another format, or cut short, are refused', () => {
  const encoded = encodeRowChanges([['key', Uint8Array.of(1, 2)]]);
  expect(() => decodeRowChanges(encoded.with(0, 3))).toThrow('format 3');
  expect(() => decodeRowChanges(new Uint8Array(0))).toThrow('format');
  for (let length = 2; length < encoded.byteLength; length += 1) {
    expect(() => decodeRowChanges(encoded.subarray(0, length))).toThrow('end too early');
  }
});

test('a key that is no UTF-8 is refused, and none is written', () => {
  const encoded = encodeRowChanges([['k', undefined]]);
  expect(() => decodeRowChanges(encoded.with(encoded.length - 1, 0xff))).toThrow(FormatError);
  expect(() => encodeRowChanges([['\ud800', undefined]])).toThrow(FormatError);
});
