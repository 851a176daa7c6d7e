import { encode } from 'cborg';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  asGroupId,
  type Configuration,
  decodeConfiguration,
  encodeConfiguration,
} from '../../../src/shard/index.ts';
import { FormatError } from '../../../src/storage/index.ts';

const groupId = fc.integer({ min: 1, max: 2 ** 31 }).map(asGroupId);

const configurations: fc.Arbitrary<Configuration> = fc.record({
  number: fc.nat(),
  shards: fc.array(groupId, { maxLength: 64 }),
  groups: fc
    .array(
      fc.tuple(groupId, fc.record({ replicas: fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 5 }) })),
      {
        maxLength: 8,
      },
    )
    .map((entries) => new Map(entries)),
});

test('a configuration comes back as it went', () => {
  fc.assert(
    fc.property(configurations, (configuration) => {
      expect(decodeConfiguration(encodeConfiguration(configuration))).toEqual(configuration);
    }),
  );
});

test('equal configurations have equal bytes, in whatever order their groups were put in', () => {
  fc.assert(
    fc.property(configurations, (configuration) => {
      const reversed = { ...configuration, groups: new Map([...configuration.groups].toReversed()) };
      expect(encodeConfiguration(reversed)).toEqual(encodeConfiguration(configuration));
    }),
  );
});

test.each<[string, unknown]>([
  ['another version', [2, 0, [], []]],
  ['a field too many', [1, 0, [], [], 0]],
  ['a field too few', [1, 0, []]],
  ['a shard without owner', [1, 0, [null], []]],
  ['a number that is no number', [1, '0', [], []]],
])('%s is refused, not guessed', (_, value) => {
  expect(() => decodeConfiguration(encode(value))).toThrow(FormatError);
});
