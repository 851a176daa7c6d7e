import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatEtag } from '../../../src/protocol/index.ts';
import { parseEtag } from '../../../tools/harness/http-answers.ts';

test('a version survives as an entity tag', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (version) => {
      expect(formatEtag(version)).toBe(`"${version}"`);
      expect(parseEtag(formatEtag(version))).toBe(version);
    }),
  );
});

test.each(['7', 'W/"7"', '"07"', '"-1"', '"1.5"', '"1e3"', '""', '"9007199254740992"', '"7", "8"', '*'])(
  '%s is no version',
  (etag) => expect(parseEtag(etag)).toBeUndefined(),
);
