import { describe, expect, test } from 'vitest';
import {
  type CheckLimits,
  checkHistory,
  type KeyValueOperation,
  keyValueModel,
  type Verdict,
} from '../../../tools/checker/index.ts';
import { append, appendOld, compareAndSet, get, put, remove } from './support/operations.ts';

const unlimited: CheckLimits = { timeLimitMs: 1, nowMs: () => 0 };

function verdictOf(...operations: readonly KeyValueOperation[]): Verdict {
  return checkHistory(operations, keyValueModel, unlimited).verdict;
}

describe('real time', () => {
  test('no operations are linearizable', () => {
    expect(verdictOf()).toBe('linearizable');
  });

  test('a read sees the write that returned before it', () => {
    expect(verdictOf(put(1, 0, 1, 'a'), get(2, 2, 3, 'a'))).toBe('linearizable');
    expect(verdictOf(put(1, 0, 1, 'a'), get(2, 2, 3, null))).toBe('not linearizable');
  });

  test('a read of an overwritten value is refused', () => {
    expect(verdictOf(put(1, 0, 1, 'a'), put(1, 2, 3, 'b'), get(2, 4, 5, 'a'))).toBe('not linearizable');
  });

  test('a read cannot see a write that was called after its return', () => {
    expect(verdictOf(get(2, 0, 1, 'a'), put(1, 2, 3, 'a'))).toBe('not linearizable');
  });

  test('a read beside a write may see it or not', () => {
    expect(verdictOf(put(1, 0, 10, 'a'), get(2, 2, 3, null))).toBe('linearizable');
    expect(verdictOf(put(1, 0, 10, 'a'), get(2, 2, 3, 'a'))).toBe('linearizable');
  });

  test('what one read has seen, no later read may miss', () => {
    expect(verdictOf(put(1, 0, 10, 'a'), get(2, 2, 3, 'a'), get(3, 4, 5, null))).toBe('not linearizable');
    expect(verdictOf(put(1, 0, 10, 'a'), get(2, 2, 3, null), get(3, 4, 5, 'a'))).toBe('linearizable');
  });

  test('two writers beside each other may be seen in one order only', () => {
    const writers = [put(1, 0, 10, 'a'), put(2, 0, 10, 'b')];
    expect(verdictOf(...writers, get(3, 11, 12, 'a'), get(4, 11, 12, 'a'))).toBe('linearizable');
    expect(verdictOf(...writers, get(3, 11, 12, 'a'), get(4, 11, 12, 'b'))).toBe('not linearizable');
    expect(verdictOf(...writers, get(3, 1, 2, 'a'), get(3, 3, 4, 'b'), get(3, 5, 6, 'a'))).toBe(
      'not linearizable',
    );
  });

  test('operations that touch in one instant are concurrent', () => {
    expect(verdictOf(put(1, 0, 5, 'a'), get(2, 5, 6, null))).toBe('linearizable');
    expect(verdictOf(get(2, 0, 5, 'a'), put(1, 5, 6, 'a'))).toBe('linearizable');
    expect(verdictOf(put(1, 5, 5, 'a'), get(2, 5, 5, null))).toBe('linearizable');
  });

  test('a history need not be sorted', () => {
    expect(verdictOf(get(2, 4, 5, 'b'), put(1, 2, 3, 'b'), put(1, 0, 1, 'a'))).toBe('linearizable');
    expect(verdictOf(get(2, 4, 5, 'a'), put(1, 2, 3, 'b'), put(1, 0, 1, 'a'))).toBe('not linearizable');
  });

  test('an operation that returns before its call is refused as malformed', () => {
    expect(() => verdictOf(put(1, 2, 1, 'a'))).toThrow('before its call');
    expect(() => verdictOf(put(1, Number.NaN, 1, 'a'))).toThrow('before its call');
  });
});

describe('pending operations', () => {
  test('a write without a reply may take effect at any time after its call', () => {
    const lost = put(1, 0, undefined, 'a');
    expect(verdictOf(lost, get(2, 1, 2, null), get(2, 3, 4, 'a'))).toBe('linearizable');
    expect(verdictOf(lost, put(2, 1, 2, 'b'), get(2, 3, 4, 'b'), get(2, 5, 6, 'a'))).toBe('linearizable');
  });

  test('a write without a reply may never take effect', () => {
    expect(verdictOf(put(1, 0, undefined, 'a'), get(2, 1, 2, null))).toBe('linearizable');
  });

  test('a write without a reply takes effect but once', () => {
    const lost = put(1, 0, undefined, 'a');
    const overwritten = [get(2, 1, 2, 'a'), put(2, 3, 4, 'b'), get(2, 5, 6, 'b')];
    expect(verdictOf(lost, ...overwritten, get(2, 7, 8, 'a'))).toBe('not linearizable');
  });

  test('a write without a reply is not seen before its call', () => {
    expect(verdictOf(get(2, 0, 1, 'a'), put(1, 2, undefined, 'a'))).toBe('not linearizable');
  });

  test('two equal writes without a reply can be seen twice, and not three times', () => {
    const lost = [put(1, 0, undefined, 'a'), put(2, 0, undefined, 'a')];
    const seenAgain = (time: number) => [put(3, time, time + 1, 'b'), get(3, time + 2, time + 3, 'a')];
    expect(verdictOf(...lost, ...seenAgain(10), ...seenAgain(20))).toBe('linearizable');
    expect(verdictOf(...lost, ...seenAgain(10), ...seenAgain(20), ...seenAgain(30))).toBe('not linearizable');
  });

  test('a conditional write without a reply takes effect only where its condition holds', () => {
    const lost = compareAndSet(1, 2, undefined, 'a', 'b', true);
    expect(verdictOf(put(2, 0, 1, 'a'), lost, get(2, 3, 4, 'b'))).toBe('linearizable');
    expect(verdictOf(put(2, 0, 1, 'c'), lost, get(2, 3, 4, 'b'))).toBe('not linearizable');
  });

  test('a read without a reply says nothing', () => {
    expect(verdictOf(get(1, 0, undefined, null), put(2, 1, 2, 'a'), get(2, 3, 4, 'a'))).toBe('linearizable');
  });

  test('a thousand reads without a reply cost nothing', () => {
    const lost = Array.from({ length: 1000 }, (_, client) => get(client, 0, undefined, null));
    let looks = 0;
    const limits = { timeLimitMs: 10, nowMs: () => looks++ };
    const wrong = [put(1, 1, 2, 'a'), put(2, 1, 2, 'b'), get(3, 3, 4, 'c')];
    expect(checkHistory([...lost, ...wrong], keyValueModel, limits).verdict).toBe('not linearizable');
  });
});

describe('operations', () => {
  test('a lost append is found out', () => {
    const appends = [append(1, 0, 10, 'a'), append(2, 0, 10, 'b')];
    expect(verdictOf(...appends, get(3, 11, 12, 'ba'))).toBe('linearizable');
    expect(verdictOf(...appends, get(3, 11, 12, 'a'))).toBe('not linearizable');
  });

  test('an append that was applied twice is found out', () => {
    expect(verdictOf(append(1, 0, 1, 'a'), get(2, 2, 3, 'aa'))).toBe('not linearizable');
  });

  test('no two appends find the same old value', () => {
    expect(verdictOf(appendOld(1, 0, 10, 'a', null), appendOld(2, 0, 10, 'b', 'a'))).toBe('linearizable');
    expect(verdictOf(appendOld(1, 0, 10, 'a', null), appendOld(2, 0, 10, 'b', null))).toBe(
      'not linearizable',
    );
  });

  test('of two compare-and-sets that expect the same value one succeeds', () => {
    const first = compareAndSet(1, 0, 10, null, 'a', true);
    expect(verdictOf(first, compareAndSet(2, 0, 10, null, 'b', false))).toBe('linearizable');
    expect(verdictOf(first, compareAndSet(2, 0, 10, null, 'b', true))).toBe('not linearizable');
  });

  test('a compare-and-set may not fail when its condition held throughout', () => {
    expect(verdictOf(put(1, 0, 1, 'a'), compareAndSet(2, 2, 3, 'a', 'b', false))).toBe('not linearizable');
  });

  test('a deleted key is absent, and absent is not the empty value', () => {
    const deleted = [put(1, 0, 1, 'a'), remove(1, 2, 3)];
    expect(verdictOf(...deleted, get(2, 4, 5, null))).toBe('linearizable');
    expect(verdictOf(...deleted, get(2, 4, 5, ''))).toBe('not linearizable');
    expect(verdictOf(put(1, 0, 1, ''), get(2, 2, 3, null))).toBe('not linearizable');
  });
});

describe('partitions', () => {
  test('keys are independent', () => {
    const result = checkHistory(
      [put(1, 0, 1, 'a', 'x'), get(2, 2, 3, null, 'y'), get(2, 4, 5, 'a', 'x')],
      keyValueModel,
      unlimited,
    );
    expect(result.verdict).toBe('linearizable');
    expect(result.partitions.map(({ key }) => key).sort()).toEqual(['x', 'y']);
  });

  test('the key at fault is named, with the longest order and the operation that does not fit', () => {
    const stale = get(2, 4, 5, 'a', 'y');
    const history = [put(1, 0, 1, 'a', 'x'), put(1, 0, 1, 'a', 'y'), put(1, 2, 3, 'b', 'y'), stale];
    const { verdict, partitions } = checkHistory(history, keyValueModel, unlimited);
    expect(verdict).toBe('not linearizable');
    expect(partitions.at(-1)).toMatchObject({
      key: 'y',
      result: { verdict: 'not linearizable', order: [0, 1], blocked: 2 },
    });
    expect(partitions.at(-1)?.operations[2]).toBe(stale);
  });

  test('one wrong key is enough', () => {
    const right = Array.from({ length: 50 }, (_, index) => put(1, index, index, 'a', `right ${index}`));
    const wrong = get(1, 0, 1, 'a', 'wrong');
    expect(verdictOf(...right.slice(25), wrong, ...right.slice(0, 25))).toBe('not linearizable');
  });
});

describe('limits', () => {
  /** Twenty concurrent writers, and a read that none of their 20! orders explains. */
  const hard = [
    ...Array.from({ length: 20 }, (_, client) => append(client, 0, 10, `${client},`)),
    get(20, 11, 12, 'never'),
  ];

  test('a search that runs out of time is unknown', () => {
    let looks = 0;
    const limits: CheckLimits = { timeLimitMs: 5, nowMs: () => looks++ };
    const { verdict, partitions } = checkHistory(hard, keyValueModel, limits);
    expect(verdict).toBe('unknown');
    expect(partitions[0]?.result).toMatchObject({ verdict: 'unknown', limit: 'time', blocked: 20 });
    expect(looks).toBe(6);
  });

  test('a search that would remember too much is unknown', () => {
    const { verdict, partitions } = checkHistory(hard, keyValueModel, {
      ...unlimited,
      memoryBytesMax: 100_000,
    });
    expect(verdict).toBe('unknown');
    expect(partitions[0]?.result).toMatchObject({ limit: 'memory' });
  });

  test('a key that is too hard does not hide a violation in another', () => {
    let looks = 0;
    const wrong = [put(1, 0, 1, 'a', 'y'), get(1, 2, 3, null, 'y')];
    const { verdict } = checkHistory([...hard, ...wrong], keyValueModel, {
      timeLimitMs: 5,
      nowMs: () => looks++,
    });
    expect(verdict).toBe('not linearizable');
  });

  test('twenty concurrent writers are no trouble when the order can be found', () => {
    const written = hard.slice(0, 20);
    const found = [...written.keys()].map((client) => `${client},`).join('');
    expect(verdictOf(...written, get(20, 11, 12, found))).toBe('linearizable');
  });
});
