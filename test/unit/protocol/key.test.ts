import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeKey, keyProblem, LIMITS, PATHS } from '../../../src/protocol/index.ts';
import { encodeKey, keyPath } from '../../../tools/harness/http-answers.ts';

const keys = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 200 })
  .filter((key) => keyProblem(key) === undefined);

describe('a key in a URL', () => {
  test('survives encoding and decoding, whatever it is', () => {
    fc.assert(
      fc.property(keys, (key) => {
        expect(decodeKey(encodeKey(key))).toEqual({ type: 'key', key });
      }),
    );
  });

  test('survives the URL parser: it escapes all that means something there', () => {
    fc.assert(
      fc.property(keys, (key) => {
        const path = keyPath(PATHS.kv, key);
        const url = new URL(path, 'http://store.example');
        expect(url.pathname).toBe(path);
        expect(url.search + url.hash).toBe('');
      }),
    );
  });

  test('survives in a form that escapes every byte', () => {
    fc.assert(
      fc.property(keys, (key) => {
        const bytes = [...new TextEncoder().encode(key)];
        const encoded = bytes.map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
        expect(decodeKey(encoded)).toEqual({ type: 'key', key });
      }),
    );
  });

  test.each([
    ['a%2Fb', 'a/b'],
    ['a/b', 'a/b'],
    ['a%252Fb', 'a%2Fb'],
    ['%25FF', '%FF'],
    ['a+b', 'a+b'],
    ['%EF%BB%BFbom', '\uFEFFbom'],
    ['%00', '\0'],
    ['...', '...'],
    ['a%2F..%2Fb', 'a/../b'],
    ['__proto__', '__proto__'],
  ])('%s is decoded once, to %j', (encoded, key) => {
    expect(decodeKey(encoded)).toEqual({ type: 'key', key });
  });

  test.each([
    ['an escape without digits', '%'],
    ['an escape cut short', 'a%2'],
    ['an escape that is not hexadecimal', '%zz'],
    ['a byte that is not UTF-8', '%FF'],
    ['a sequence cut short', '%E2%82'],
    ['an overlong slash', '%C0%AF'],
    ['half of a surrogate pair', '%ED%A0%80'],
    ['a key that no URL can name', '.'],
    ['another key that no URL can name', '..'],
    ['that key in escapes, from a host that does not parse the path', '%2e%2E'],
  ])('%s is malformed', (_, encoded) => {
    expect(decodeKey(encoded)).toEqual({ type: 'problem', code: 'key-malformed' });
  });

  test('an empty one is refused', () => {
    expect(decodeKey('')).toEqual({ type: 'problem', code: 'key-empty' });
  });
});

describe('the length of a key', () => {
  test('is counted in bytes of UTF-8, not in characters', () => {
    expect(keyProblem('a'.repeat(LIMITS.keyBytesMax))).toBeUndefined();
    expect(keyProblem('a'.repeat(LIMITS.keyBytesMax + 1))).toBe('key-too-long');
    expect(keyProblem('€'.repeat(170))).toBeUndefined();
    expect(keyProblem('€'.repeat(171))).toBe('key-too-long');
    expect(keyProblem('🛶'.repeat(128))).toBeUndefined();
    expect(keyProblem('🛶'.repeat(129))).toBe('key-too-long');
  });

  test('is what decides, for any string', () => {
    const strings = fc.string({ unit: 'binary', minLength: 3, maxLength: 600, size: 'max' });
    fc.assert(
      fc.property(strings, (key) => {
        const isTooLong = new TextEncoder().encode(key).length > LIMITS.keyBytesMax;
        expect(keyProblem(key)).toBe(isTooLong ? 'key-too-long' : undefined);
      }),
    );
  });

  test('does not matter if the string has no UTF-8 form', () => {
    expect(keyProblem('\uD83D')).toBe('key-malformed');
  });
});
