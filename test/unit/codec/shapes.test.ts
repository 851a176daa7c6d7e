import { describe, expect, test } from 'vitest';
import {
  bytes,
  dictionary,
  encodeText,
  FormatError,
  flag,
  list,
  mapped,
  natural,
  naturalIn,
  naturalUpTo,
  oneOf,
  optional,
  type Shape,
  text,
  tuple,
  union,
} from '../../../src/codec/index.ts';

const COLOUR = oneOf('red', 'green');
const POINT = tuple({ x: natural, y: natural });
const FIGURE = union({ circle: { centre: POINT, radius: natural }, nothing: {} });
const EVEN = mapped(
  natural,
  (value: { readonly even: number }) => value.even,
  (even) => {
    if (even % 2 !== 0) throw new FormatError('odd');
    return { even };
  },
);
const [CIRCLE, NOTHING, RED, A, B] = ['circle', 'nothing', 'red', 'a', 'b'].map(encodeText);

test.each<[string, Shape<unknown>, unknown, unknown]>([
  ['a natural', natural, 7, 7],
  ['bytes', bytes, Uint8Array.of(1), Uint8Array.of(1)],
  ['a text', text, 'a', A],
  ['a flag', flag, true, true],
  ['one of a few texts', COLOUR, 'red', RED],
  ['an optional that is there', optional(natural), 0, 0],
  ['an optional that is not', optional(natural), undefined, null],
  ['a list', list(flag), [true, false], [true, false]],
  ['a tuple, its fields in their order', POINT, { y: 2, x: 1 }, [1, 2]],
  ['a variant', FIGURE, { type: 'circle', radius: 3, centre: { x: 1, y: 2 } }, [CIRCLE, [1, 2], 3]],
  ['a variant without fields', FIGURE, { type: 'nothing' }, [NOTHING]],
  ['a value with a rule of its own', EVEN, { even: 4 }, 4],
  [
    'a dictionary by rising name',
    dictionary,
    { b: 'a', a: 'b' },
    [
      [A, B],
      [B, A],
    ],
  ],
])('%s is written and read', (_, shape, value, item) => {
  expect(shape.pack(value)).toEqual(item);
  expect(shape.unpack(item)).toEqual(value);
});

describe('refused:', () => {
  test.each<[string, Shape<unknown>, unknown]>([
    ['a natural that is negative', natural, -1],
    ['a natural that is broken', natural, 1.5],
    ['a natural that is not exact', natural, 2 ** 53],
    ['a natural that is no number', natural, A],
    ['a natural above its range', naturalUpTo(9), 10],
    ['a natural below its range', naturalIn(1, 9), 0],
    ['bytes that are a text', bytes, 'a'],
    ['a text that is a text of CBOR', text, 'a'],
    ['a text that is no UTF-8', text, Uint8Array.of(0xff)],
    ['a flag that is a number', flag, 1],
    ['none of the few texts', COLOUR, A],
    ['null where nothing is optional', natural, null],
    ['undefined where something is optional', optional(natural), undefined],
    ['a list that is no array', list(natural), 1],
    ['a list with an item of another kind', list(natural), [1, true]],
    ['a list that is too long', list(natural, 2), [1, 2, 3]],
    ['a tuple with a field too many', POINT, [1, 2, 3]],
    ['a tuple with a field too few', POINT, [1]],
    ['a tuple without fields', POINT, []],
    ['a tuple that is no array', POINT, { x: 1, y: 2 }],
    ['a variant that is unknown', FIGURE, [A]],
    ['a variant without a tag', FIGURE, []],
    ['a variant whose tag is no text', FIGURE, [1]],
    ['a variant with a field too many', FIGURE, [NOTHING, 1]],
    ['a variant with a field too few', FIGURE, [CIRCLE, [1, 2]]],
    ['a variant named as something that every object has', FIGURE, [encodeText('constructor')]],
    ['a value that breaks its rule', EVEN, 3],
    [
      'a dictionary that is not in order',
      dictionary,
      [
        [B, A],
        [A, B],
      ],
    ],
    [
      'a dictionary with a name twice',
      dictionary,
      [
        [A, A],
        [A, B],
      ],
    ],
  ])('%s', (_, shape, item) => {
    expect(() => shape.unpack(item)).toThrow(FormatError);
  });
});

test.each([naturalUpTo(9), naturalIn(0, 9)])('the ends of a range are in it', (shape) => {
  expect([0, 9].map((end) => shape.unpack(end))).toEqual([0, 9]);
  expect(list(flag, 2).unpack([true, true])).toHaveLength(2);
});

test('names that look like numbers, or like what every object has, are names of a dictionary', () => {
  const value = Object.fromEntries([
    ['10', 'a'],
    ['9', 'b'],
    ['__proto__', 'c'],
    ['constructor', 'd'],
    ['', 'e'],
  ]);
  const read = dictionary.unpack(dictionary.pack(value));
  expect(Object.entries(read).toSorted()).toEqual(Object.entries(value).toSorted());
  expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
});

test('a value of no variant cannot be written', () => {
  expect(() => FIGURE.pack({ type: 'square' } as never)).toThrow(FormatError);
});

test.each<[string, Shape<unknown>, unknown]>([
  ['less than nothing', natural, -1],
  ['a fraction', natural, 1.5],
  ['no number', natural, Number.NaN],
  ['more than a number can be exactly', natural, 2 ** 53],
  ['nothing at all', natural, undefined],
  ['more than the range has', naturalUpTo(9), 10],
  ['a text that is not one of them', COLOUR, 'blue'],
  ['too many items', list(natural, 1), [1, 2]],
  ['a number out of range within', FIGURE, { type: 'circle', centre: { x: -1, y: 0 }, radius: 1 }],
])('what no peer would read is not written: %s', (_, shape, value) => {
  expect(() => shape.pack(value)).toThrow(FormatError);
});
