import { expect, test } from 'vitest';
import { encodeText, fnv1a } from '../../../src/codec/index.ts';

test.each([
  ['', 0x811c9dc5],
  ['a', 0xe40c292c],
  ['b', 0xe70c2de5],
  ['c', 0xe60c2c52],
  ['foo', 0xa9f37ed7],
  ['foobar', 0xbf9cf968],
  ['chongo was here!\n', 0xd49930d5],
])('FNV-1a of %j is the published value', (text, hash) => {
  expect(fnv1a(encodeText(text))).toBe(hash);
});
