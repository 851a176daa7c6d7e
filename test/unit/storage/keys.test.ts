import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareKeys, keyAfter } from '../../../src/storage/keys.ts';
import { KEYS } from './arbitraries.ts';
import { byBytes } from './naive-table.ts';

const anyKey = fc.oneof(fc.constantFrom(...KEYS), fc.string({ unit: 'binary' }));

test('keys compare as their UTF-8 bytes do', () => {
  fc.assert(
    fc.property(anyKey, anyKey, (left, right) => {
      expect(Math.sign(compareKeys(left, right))).toBe(Math.sign(byBytes(left, right)));
    }),
    { numRuns: 1000 },
  );
});

test('no key lies between a key and the one after it', () => {
  fc.assert(
    fc.property(anyKey, anyKey, (key, other) => {
      expect(compareKeys(key, keyAfter(key))).toBeLessThan(0);
      if (compareKeys(key, other) < 0) expect(compareKeys(keyAfter(key), other)).toBeLessThanOrEqual(0);
    }),
  );
});
