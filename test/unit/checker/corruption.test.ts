import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type CheckLimits,
  checkHistory,
  type KeyValueOperation,
  keyValueModel,
  type Value,
} from '../../../tools/checker/index.ts';
import { appendOld, get, put } from './support/operations.ts';
import { correctHistory } from './support/random-history.ts';

const unlimited: CheckLimits = { timeLimitMs: 1, nowMs: () => 0 };

function verdictOf(operations: readonly KeyValueOperation[]): string {
  return checkHistory(operations, keyValueModel, unlimited).verdict;
}

function isAnsweredGet({ input, output }: KeyValueOperation): boolean {
  return input.type === 'get' && output !== undefined;
}

/** Writers take turns; each writes a value of its own, and readers watch. */
const turns = Array.from({ length: 40 }, (_, turn) => [
  put(turn % 3, 10 * turn, 10 * turn + 3, `value ${turn}`),
  get(3, 10 * turn + 4, 10 * turn + 8, `value ${turn}`),
  get(4, 10 * turn + 5, 10 * turn + 9, `value ${turn}`),
]).flat();

/** Six clients at once; each append answers what it found, so there is but one order. */
const appends = Array.from({ length: 60 }, (_, turn) => {
  const old = turn === 0 ? null : [...Array(turn).keys()].map((before) => `${before} `).join('');
  return appendOld(turn % 6, 10 * turn, 10 * turn + 55, `${turn} `, old);
});

describe('a corrupted history is refused', () => {
  test('before the corruption it passes', () => {
    expect(verdictOf(turns)).toBe('linearizable');
    expect(verdictOf(appends)).toBe('linearizable');
  });

  test('a read of a value that nobody wrote', () => {
    let corrupted = 0;
    fc.assert(
      fc.property(correctHistory(150), fc.nat(), (operations, choice) => {
        const gets = operations.filter(isAnsweredGet);
        const victim = gets[choice % Math.max(1, gets.length)];
        fc.pre(victim !== undefined);
        corrupted += 1;
        const wrong = operations.map((operation) =>
          operation === victim ? { ...operation, output: 'nobody wrote this' } : operation,
        );
        expect(verdictOf(wrong)).toBe('not linearizable');
      }),
      { numRuns: 100 },
    );
    expect(corrupted).toBe(100);
  });

  test('a read of the value before the last', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 39 }), fc.integer({ min: 1, max: 39 }), (turn, age) => {
        const stale: Value = turn < age ? null : `value ${turn - age}`;
        expect(verdictOf(turns.with(3 * turn + 1, get(3, 10 * turn + 4, 10 * turn + 8, stale)))).toBe(
          'not linearizable',
        );
      }),
    );
  });

  test('a write that was lost', () => {
    fc.assert(
      fc.property(fc.nat({ max: 39 }), (turn) => {
        expect(verdictOf(turns.toSpliced(3 * turn, 1))).toBe('not linearizable');
      }),
    );
  });

  test('a write that came late', () => {
    fc.assert(
      fc.property(fc.nat({ max: 39 }), (turn) => {
        const late = put(turn % 3, 10 * turn + 9.5, 10 * turn + 9.6, `value ${turn}`);
        expect(verdictOf(turns.with(3 * turn, late))).toBe('not linearizable');
      }),
    );
  });

  test('two appends that answered each other’s value', () => {
    fc.assert(
      fc.property(fc.nat({ max: 58 }), (turn) => {
        const [first, second] = [appends[turn], appends[turn + 1]];
        if (first === undefined || second === undefined) throw new RangeError(`there is no turn ${turn}`);
        const swapped = appends
          .with(turn, { ...first, output: second.output })
          .with(turn + 1, { ...second, output: first.output });
        expect(verdictOf(swapped)).toBe('not linearizable');
      }),
    );
  });

  test('an append that was answered, and lost', () => {
    fc.assert(
      fc.property(fc.nat({ max: 58 }), (turn) => {
        expect(verdictOf(appends.toSpliced(turn, 1))).toBe('not linearizable');
      }),
    );
  });
});
