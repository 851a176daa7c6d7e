import * as cborg from 'cborg';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeItem, encodeItem, type Item } from '../../../src/codec/cbor.ts';
import { FormatError } from '../../../src/codec/index.ts';

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
}

/** RFC 8949, appendix A. */
test.each<[Item, string]>([
  [0, '00'],
  [10, '0a'],
  [23, '17'],
  [24, '1818'],
  [100, '1864'],
  [1000, '1903e8'],
  [1_000_000, '1a000f4240'],
  [1_000_000_000_000, '1b000000e8d4a51000'],
  [Number.MAX_SAFE_INTEGER, '1b001fffffffffffff'],
  [false, 'f4'],
  [true, 'f5'],
  [null, 'f6'],
  [new Uint8Array(0), '40'],
  [Uint8Array.of(1, 2, 3, 4), '4401020304'],
  [[], '80'],
  [[1, 2, 3], '83010203'],
  [[1, [2, 3], [4, 5]], '8301820203820405'],
])('%o is written as %s', (item, bytes) => {
  expect(encodeItem(item)).toEqual(hex(bytes));
  expect(decodeItem(hex(bytes))).toEqual(item);
});

const anyItem = fc.letrec<{ item: Item }>((tie) => ({
  item: fc.oneof(
    { maxDepth: 5 },
    fc.maxSafeNat(),
    fc.nat(70_000),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie('item'), { maxLength: 30 }),
  ),
})).item;

test('items are written as another writer of CBOR writes them, and read back', () => {
  fc.assert(
    fc.property(anyItem, (item) => {
      expect(encodeItem(item)).toEqual(Uint8Array.from(cborg.encode(item)));
      expect(decodeItem(encodeItem(item))).toEqual(item);
    }),
  );
});

test('an item of a megabyte is written and read', () => {
  const item = [new Uint8Array(1 << 20).fill(7), 1, Array.from({ length: 70_000 }, (_, at) => at)];
  expect(Buffer.compare(encodeItem(item), cborg.encode(item))).toBe(0);
  expect(decodeItem(encodeItem(item))).toEqual(item);
});

describe('refused:', () => {
  test.each([
    ['nothing', ''],
    ['something after the item', '00 00'],
    ['a whole item after the item', '80 f6'],
    ['a negative integer', '20'],
    ['a text', '61 61'],
    ['a text within an array', '81 60'],
    ['a map', 'a0'],
    ['a map within an array', '81 a1 00 00'],
    ['a tag', 'c0 00'],
    ['a large number', 'c2 41 01'],
    ['the tag that says that this is CBOR', 'd9d9f7 00'],
    ['undefined', 'f7'],
    ['another simple value', 'f820'],
    ['half a float', 'f9 3c00'],
    ['a float', 'fa 3f800000'],
    ['a double float', 'fb 3ff0000000000000'],
    ['no number', 'f9 7e00'],
    ['a break', 'ff'],
    ['an array of indefinite length', '9f 00 ff'],
    ['an empty array of indefinite length', '9f ff'],
    ['bytes of indefinite length', '5f 41 61 ff'],
    ['a text of indefinite length', '7f 61 61 ff'],
    ['a map of indefinite length', 'bf ff'],
    ['23 in two bytes', '18 17'],
    ['255 in three', '19 00ff'],
    ['65535 in five', '1a 0000ffff'],
    ['2^32-1 in nine', '1b 00000000ffffffff'],
    ['an integer beyond the exact ones', '1b 0020000000000000'],
    ['an integer of 64 bits', '1b ffffffffffffffff'],
    ['a length of bytes in two bytes', '58 01 61'],
    ['a length of an array in two bytes', '98 01 00'],
    ['additional information that has no meaning', '1c'],
    ['an integer cut short', '19 00'],
    ['bytes cut short', '42 61'],
    ['an array cut short', '82 00'],
    ['more bytes than there can be', '5b ffffffffffffffff'],
    ['more items than there can be', '9b 7fffffffffffffff 00'],
  ])('%s', (_, bytes) => {
    expect(() => decodeItem(hex(bytes))).toThrow(FormatError);
  });

  test('arrays within arrays without end', () => {
    expect(() => decodeItem(new Uint8Array(100_000).fill(0x81))).toThrow(FormatError);
    expect(() => decodeItem(new Uint8Array(1_000_000).fill(0x81))).toThrow(FormatError);
  });
});
