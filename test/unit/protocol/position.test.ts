import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatPosition,
  LIMITS,
  leastRevision,
  type Position,
  parsePosition,
  withRevision,
} from '../../../src/protocol/index.ts';

const shard = fc.nat(0xffff);
const position = fc
  .uniqueArray(fc.tuple(shard, fc.maxSafeNat()), { selector: ([one]) => one, minLength: 1, maxLength: 300 })
  .map((pairs) =>
    pairs.reduce<Position>((all, [one, revision]) => withRevision(all, one, revision), new Map()),
  );

describe('a position', () => {
  test('survives as text, which needs no escaping and is short enough for a header', () => {
    fc.assert(
      fc.property(position, (seen) => {
        const text = formatPosition(seen);
        expect(parsePosition(text)).toEqual(new Map([...seen].sort(([a], [b]) => a - b)));
        expect([encodeURIComponent(text), String(new URLSearchParams({ text }))]).toEqual([
          text,
          `text=${text}`,
        ]);
        expect(2 * text.length).toBeLessThan(LIMITS.positionLengthMax);
      }),
    );
  });

  test('joined with others says what each of them says, in any order', () => {
    fc.assert(
      fc.property(fc.array(position, { minLength: 1, maxLength: 3 }), (several) => {
        const all = parsePosition(several.map(formatPosition).join(', '));
        for (const [one] of several.flatMap((seen) => [...seen])) {
          expect(all?.get(one)).toBe(Math.max(...several.map((seen) => seen.get(one) ?? 0)));
        }
      }),
    );
  });

  test('is either the text that was given, or refused', () => {
    const characters = fc.constantFrom('0', '1', '7', '_', '.', ',', ' ', '-', '+', 'e', 'é');
    fc.assert(
      fc.property(fc.string({ unit: characters, maxLength: 12 }), (text) => {
        const read = parsePosition(text);
        if (read !== undefined) expect(parsePosition(formatPosition(read))).toEqual(read);
      }),
    );
  });

  test('never leaves out the shard that was added last, and admits that it may have left out others', () => {
    const full = Array.from({ length: LIMITS.positionShardsMax + 9 }, (_, at) => at).reduce<Position>(
      (seen, one) => withRevision(seen, one, one + 1),
      new Map(),
    );
    expect(full.size).toBe(LIMITS.positionShardsMax);
    expect(leastRevision(full, LIMITS.positionShardsMax + 8)).toBe(LIMITS.positionShardsMax + 9);
    expect(leastRevision(full, 60_000)).toBeUndefined();
    expect(leastRevision(new Map([[1, 5]]), 2)).toBe(0);
  });
});
