import { expect, test } from 'vitest';
import { partitionOf } from '../../../src/mapreduce/index.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

// The published vectors of FNV-1a (32 bit), with the top bit cleared as the lab's ihash does.
test.each([
  ['', 0x811c9dc5],
  ['a', 0xe40c292c],
  ['b', 0xe70c2de5],
  ['foobar', 0xbf9cf968],
])('ihash of %j is FNV-1a without its top bit', (text, fnv) => {
  expect(partitionOf(bytes(text), 2 ** 31)).toBe(fnv % 2 ** 31);
});

test('a key of more than ASCII is hashed by its UTF-8 bytes', () => {
  expect(partitionOf(bytes('é'), 2 ** 31)).toBe(partitionOf(Uint8Array.of(0xc3, 0xa9), 2 ** 31));
});

test('a partition is the hash modulo the number of reduce tasks', () => {
  expect(partitionOf(bytes('foobar'), 10)).toBe(0x3f9cf968 % 10);
  expect(partitionOf(bytes('foobar'), 1)).toBe(0);
});
