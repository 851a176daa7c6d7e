import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { mapBounded } from '../../../workers/gateway/bounded.ts';
import { recent } from '../../../workers/gateway/recent.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const pause = (durationMs: number) => new Promise((resolve) => setTimeout(resolve, durationMs));

test('work is done for each, in order of the answers, and no more at once than may be', async () => {
  let underWay = 0;
  let most = 0;
  const done = mapBounded([3, 1, 2], { atOnceMax: 2, budgetMs: 1000 }, async (item) => {
    underWay += 1;
    most = Math.max(most, underWay);
    await pause(item * 10);
    underWay -= 1;
    return item * 100;
  });
  await vi.runAllTimersAsync();
  expect([await done, most]).toEqual([[300, 100, 200], 2]);
});

test('those whose turn has not come when the time is over have no answer', async () => {
  const done = mapBounded([1, 2, 3, 4, 5], { atOnceMax: 2, budgetMs: 1500 }, async (item) => {
    await pause(1000);
    return item;
  });
  await vi.runAllTimersAsync();
  expect(await done).toEqual([1, 2, 3, 4, undefined]);
});

test('an answer is good for a second, and while the next is made the last is given', async () => {
  let made = 0;
  const ask = recent(async () => {
    made += 1;
    const answer = made;
    await pause(500);
    return answer;
  });
  const first = ask();
  await vi.advanceTimersByTimeAsync(500);
  expect([await first, await ask()]).toEqual([1, 1]);
  await vi.advanceTimersByTimeAsync(1000);
  const second = ask();
  expect(await ask()).toBe(1);
  await vi.advanceTimersByTimeAsync(500);
  expect([await second, await ask()]).toEqual([2, 2]);
});
