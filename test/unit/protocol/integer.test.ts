import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseInteger } from '../../../src/protocol/index.ts';

test('an integer is read from its one spelling', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (value) => {
      expect(parseInteger(String(value), 0)).toBe(value);
    }),
  );
});

test('no other text is an integer', () => {
  const texts = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'0123456789.eExX+-_ \n') }));
  fc.assert(
    fc.property(texts, (text) => {
      const value = parseInteger(text, 0);
      if (value !== undefined) expect(String(value)).toBe(text);
    }),
  );
});

test.each([
  '',
  ' ',
  '1 ',
  ' 1',
  '1\n',
  '+1',
  '-1',
  '-0',
  '01',
  '00',
  '1.0',
  '1e0',
  '0x1',
  '1_0',
  '1n',
  '١',
  'NaN',
])('%j is no integer', (text) => expect(parseInteger(text, 0)).toBeUndefined());

test('a number outside its range is none, and no range goes beyond what a number can tell apart', () => {
  expect([0, 1, 5, 6].map((value) => parseInteger(String(value), 1, 5))).toEqual([
    undefined,
    1,
    5,
    undefined,
  ]);
  expect(parseInteger('9007199254740991', 0)).toBe(Number.MAX_SAFE_INTEGER);
  for (const text of ['9007199254740992', '9007199254740993', '9'.repeat(400)]) {
    expect(parseInteger(text, 0, Number.POSITIVE_INFINITY)).toBeUndefined();
  }
});
