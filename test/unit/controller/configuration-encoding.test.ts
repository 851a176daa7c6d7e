import fc from 'fast-check';
import { expect, test } from 'vitest';
import { asGroupId, CONFIGURATION, type Configuration } from '../../../src/shard/index.ts';

const groupId = fc.integer({ min: 1, max: 2 ** 31 }).map(asGroupId);

const groups = fc
  .array(
    fc.tuple(groupId, fc.record({ replicas: fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 5 }) })),
    {
      maxLength: 8,
    },
  )
  .map((entries) => new Map(entries));

const configurations: fc.Arbitrary<Configuration> = fc.record({
  number: fc.nat(),
  shards: fc.array(groupId, { maxLength: 64 }),
  groups,
  joining: groups,
  lost: fc.array(groupId, { maxLength: 8 }),
});

test('a configuration comes back as it went', () => {
  fc.assert(
    fc.property(configurations, (configuration) => {
      expect(CONFIGURATION.decode(CONFIGURATION.encode(configuration))).toEqual(configuration);
    }),
  );
});

test('equal configurations have equal bytes, in whatever order their groups were put in', () => {
  fc.assert(
    fc.property(configurations, (configuration) => {
      const reversed = { ...configuration, groups: new Map([...configuration.groups].toReversed()) };
      expect(CONFIGURATION.encode(reversed)).toEqual(CONFIGURATION.encode(configuration));
    }),
  );
});
