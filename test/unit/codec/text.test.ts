import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeLooseText,
  decodeText,
  encodeLooseText,
  encodeText,
  FormatError,
  textByteLength,
} from '../../../src/codec/index.ts';
import { AWKWARD_CHARACTERS, arbitraryText } from './support/arbitrary-of.ts';

/** Also with halves of surrogate pairs. */
const anyText = fc.string({
  unit: fc.oneof(fc.constantFrom(...AWKWARD_CHARACTERS, '\ud800', '\udfff'), fc.string({ maxLength: 1 })),
});

test.each([
  ['a byte order mark in front', '\ufeffkey', [0xef, 0xbb, 0xbf, 0x6b, 0x65, 0x79]],
  ['a byte order mark and nothing else', '\ufeff', [0xef, 0xbb, 0xbf]],
  ['two byte order marks', '\ufeff\ufeff', [0xef, 0xbb, 0xbf, 0xef, 0xbb, 0xbf]],
  ['NUL', 'a\0b', [0x61, 0, 0x62]],
  ['a combining mark', 'e\u0301', [0x65, 0xcc, 0x81]],
  ['the same letter composed', '\u00e9', [0xc3, 0xa9]],
  ['the sign of a replacement', '\ufffd', [0xef, 0xbf, 0xbd]],
  ['a noncharacter', '\uffff', [0xef, 0xbf, 0xbf]],
  ['the last code point', '\u{10ffff}', [0xf4, 0x8f, 0xbf, 0xbf]],
  ['line ends', '\r\n\u2028', [0x0d, 0x0a, 0xe2, 0x80, 0xa8]],
])('%s stays as it is', (_, text, bytes) => {
  expect([...encodeText(text)]).toEqual(bytes);
  expect(decodeText(Uint8Array.from(bytes))).toBe(text);
});

test('two texts have the same bytes only if they are the same text', () => {
  fc.assert(
    fc.property(arbitraryText, arbitraryText, (one, other) => {
      expect(Buffer.compare(encodeText(one), encodeText(other)) === 0).toBe(one === other);
      expect(decodeText(encodeText(one))).toBe(one);
    }),
  );
});

test.each(['\ud800', 'a\udc00', '\udc00\ud800', '\ud83d'])(
  'half of a surrogate pair is refused: %j',
  (text) => {
    expect(() => encodeText(text)).toThrow(FormatError);
  },
);

describe('bytes that are no UTF-8 are refused:', () => {
  test.each([
    ['a byte that begins nothing', [0x80]],
    ['a character cut short', [0xe2, 0x82]],
    ['a longer form than needed', [0xc0, 0x80]],
    ['half of a surrogate pair', [0xed, 0xa0, 0x80]],
    ['a pair of halves', [0xed, 0xa0, 0xbd, 0xed, 0xb4, 0x91]],
    ['beyond the last code point', [0xf4, 0x90, 0x80, 0x80]],
    ['UTF-16', [0xff, 0xfe, 0x61, 0x00]],
  ])('%s', (_, bytes) => {
    expect(() => decodeText(Uint8Array.from(bytes))).toThrow(FormatError);
  });
});

test('the length of a text in bytes is that of its encoding, which repairs what is ill-formed', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const isExact = text.isWellFormed();
      if (isExact) expect(textByteLength(text)).toBe(encodeText(text).length);
      // A lone half counts as two bytes, as half of the four of a pair; its repaired form has three.
      else expect(textByteLength(text)).toBeLessThanOrEqual(encodeLooseText(text).length);
    }),
  );
});

test('a loose text keeps its byte order mark, and loses what is ill-formed', () => {
  expect(decodeLooseText(encodeLooseText('\ufeffa\ud800b'))).toBe('\ufeffa\ufffdb');
  expect(decodeLooseText(Uint8Array.of(0xef, 0xbb, 0xbf, 0xff))).toBe('\ufeff\ufffd');
});
