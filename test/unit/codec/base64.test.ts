import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeBase64, encodeBase64 } from '../../../src/codec/index.ts';

test('bytes are what every other encoder makes of them, and come back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const text = encodeBase64(bytes);
      expect(text).toBe(Buffer.from(bytes).toString('base64'));
      expect(decodeBase64(text)).toEqual(bytes);
    }),
  );
});

test('a text is decoded only if it is the one that its bytes have', () => {
  const digits = fc.string({ unit: fc.constantFrom(...'AQgw+/=-_ \n\u00c4'), maxLength: 12 });
  fc.assert(
    fc.property(digits, (text) => {
      const bytes = Buffer.from(text, 'base64');
      const isExact = bytes.toString('base64') === text;
      expect(decodeBase64(text)).toEqual(isExact ? new Uint8Array(bytes) : undefined);
    }),
    { numRuns: 5000 },
  );
});

test.each([
  'A',
  'AA',
  'AAA',
  'AB==',
  'AAB=',
  'A===',
  '====',
  '=',
  'AA=A',
  'AAAA\n',
  ' AAAA',
  'AA-_',
  'AAAAAA',
])('%j is refused', (text) => {
  expect(decodeBase64(text)).toBeUndefined();
});

test('a mebibyte of it is decoded', () => {
  const bytes = Uint8Array.from({ length: 1 << 20 }, (_, at) => at);
  expect(decodeBase64(encodeBase64(bytes))).toEqual(bytes);
});
