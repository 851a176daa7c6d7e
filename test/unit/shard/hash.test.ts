import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fnv1a } from '../../../src/codec/index.ts';
import { asShardId, createShardOf, type ShardOf, tagOf } from '../../../src/shard/index.ts';

const SHARD_COUNTS = [10, 16, 64, 100];

test.each([
  ['user', 'user'],
  ['{user}:name', 'user'],
  ['cart:{user}', 'user'],
  ['foo{}{bar}', 'foo{}{bar}'],
  ['foo{{bar}}zap', '{bar'],
  ['foo{bar}{zap}', 'bar'],
  ['}foo{bar}', 'bar'],
  ['foo{bar', 'foo{bar'],
  ['foo}bar', 'foo}bar'],
  ['', ''],
])('the tag of %j is %j', (key, tag) => {
  expect(tagOf(key)).toBe(tag);
});

test.each([
  ['', 25],
  ['a', 32],
  ['user:1', 17],
  ['user:2', 4],
  ['{user:1}:cart', 17],
  ['ключ', 37],
  ['鍵', 32],
  ['🔑', 63],
])(
  'of 64 shards, %j is in %d for ever: to change this is to lose the keys of every cluster',
  (key, shard) => {
    expect(createShardOf(64)(key)).toBe(shard);
  },
);

test('a key has one shard, below the number of shards, and shares it with the keys of its tag', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.string(),
      fc.integer({ min: 1, max: 1024 }),
      (key, rest, count) => {
        const shardOf = createShardOf(count);
        const shard = shardOf(key);
        expect(shard).toBeGreaterThanOrEqual(0);
        expect(shard).toBeLessThan(count);
        expect(Number.isInteger(shard)).toBe(true);
        const tag = tagOf(key);
        if (tag !== '' && !tag.includes('}')) expect(shardOf(`{${tag}}${rest}`)).toBe(shard);
      },
    ),
  );
});

describe('keys as people make them spread over the shards:', () => {
  const KEYS_PER_SHARD = 200;
  const families: readonly [string, (index: number) => string][] = [
    ['numbered', (index) => `${index}`],
    ['even numbers', (index) => `user:${2 * index}`],
    ['padded', (index) => `/v1/objects/${String(index * 10).padStart(8, '0')}`],
    ['repeating their number', (index) => `order:${index}/${index}`],
  ];

  /** The fullest shard, as a multiple of the mean. */
  function fullest(shardOf: ShardOf, shardCount: number, keyOf: (index: number) => string): number {
    const counts = new Array<number>(shardCount).fill(0);
    for (let index = 0; index < shardCount * KEYS_PER_SHARD; index += 1) {
      const shard = shardOf(keyOf(index));
      counts[shard] = (counts[shard] ?? 0) + 1;
    }
    return Math.max(...counts) / KEYS_PER_SHARD;
  }

  test.each(families)('%s', (_, keyOf) => {
    for (const shardCount of SHARD_COUNTS) {
      expect(fullest(createShardOf(shardCount), shardCount, keyOf)).toBeLessThan(1.5);
    }
  });

  test('without the fold some would not', () => {
    const utf8 = new TextEncoder();
    const unfolded: ShardOf = (key) => asShardId(fnv1a(utf8.encode(key)) % 64);
    expect(fullest(unfolded, 64, (index) => `order:${index}/${index}`)).toBeGreaterThan(3);
  });
});
