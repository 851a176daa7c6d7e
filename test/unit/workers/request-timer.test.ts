import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { RequestTimer } from '../../../workers/request-timer.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('many pauses take one timer, end in time, and then take none', async () => {
  const timer = new RequestTimer();
  const ended: number[] = [];
  const beganMs = Date.now();
  for (let durationMs = 0; durationMs < 10_000; durationMs += 1) {
    timer.pause(durationMs, () => ended.push(Date.now() - beganMs - durationMs));
  }
  expect(vi.getTimerCount()).toBe(1);
  await vi.advanceTimersByTimeAsync(11_000);
  expect(ended.length).toBe(10_000);
  expect(Math.min(...ended)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...ended)).toBeLessThanOrEqual(40);
  expect(vi.getTimerCount()).toBe(0);
});

test('a pause may begin another, also the last', async () => {
  const timer = new RequestTimer();
  let rounds = 0;
  const again = (): void => {
    rounds += 1;
    if (rounds < 5) timer.pause(100, again);
  };
  timer.pause(100, again);
  await vi.advanceTimersByTimeAsync(1000);
  expect([rounds, vi.getTimerCount()]).toEqual([5, 0]);
});
