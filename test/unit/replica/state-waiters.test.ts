import { describe, expect, test } from 'vitest';
import { StateWaiters } from '../../../src/replica/state-waiters.ts';

/** Parts of a state that come to where the test says, and count who looks. */
function setUp(waitersMax = 10) {
  const waiters = new StateWaiters(waitersMax);
  const reached = new Map<number, number>();
  const looks: number[] = [];
  const woken: string[] = [];
  const wait = (name: string, what: number, least: number, untilMs = 100) => {
    const progress = () => {
      looks.push(what);
      return reached.get(what) ?? 0;
    };
    const wake = (isReached: boolean) => woken.push(`${name} ${isReached}`);
    return waiters.add({ awaited: { what, least, progress }, untilMs, wake });
  };
  const come = (what: number, to: number) => {
    reached.set(what, to);
    waiters.stateChanged();
  };
  return { waiters, looks, woken, wait, come };
}

describe('those who wait for a state', () => {
  test('are woken once, when their part has come so far, whatever others do', () => {
    const { woken, wait, come } = setUp();
    wait('a', 1, 5);
    wait('b', 1, 6);
    wait('c', 2, 5);
    come(1, 4);
    expect(woken).toEqual([]);
    come(1, 5);
    expect(woken).toEqual(['a true']);
    come(1, 9);
    come(2, Number.POSITIVE_INFINITY);
    come(2, 1);
    expect(woken).toEqual(['a true', 'b true', 'c true']);
  });

  test('share one look at their part a turn, and nobody looks when nobody waits', () => {
    const { looks, wait, come } = setUp();
    come(1, 1);
    expect(looks).toEqual([]);
    for (const name of ['a', 'b', 'c']) wait(name, 1, 5);
    wait('d', 2, 5);
    come(1, 2);
    expect(looks).toEqual([1, 2]);
    come(1, 5);
    come(1, 6);
    expect(looks).toEqual([1, 2, 1, 2, 2]);
  });

  test('have a time after which they are told that it was not reached', () => {
    const { waiters, woken, wait, come } = setUp();
    wait('a', 1, 5, 100);
    wait('b', 1, 5, 130);
    expect(waiters.deadline).toBe(100);
    waiters.expire(99);
    expect(woken).toEqual([]);
    waiters.expire(100);
    expect([woken, waiters.deadline]).toEqual([['a false'], 130]);
    waiters.giveUp();
    come(1, 5);
    expect([woken, waiters.size, waiters.deadline]).toEqual([
      ['a false', 'b false'],
      0,
      Number.POSITIVE_INFINITY,
    ]);
  });

  test('are no more than may', () => {
    const { woken, wait, come } = setUp(1);
    expect([wait('a', 1, 5), wait('b', 1, 5)]).toEqual([true, false]);
    come(1, 5);
    expect([woken, wait('c', 1, 9)]).toEqual([['a true'], true]);
  });
});
