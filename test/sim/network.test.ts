import { expect, test } from 'vitest';
import { type Call, Network } from './network.ts';
import type { NetworkPlan } from './plan.ts';
import { Random } from './random.ts';
import { Scheduler } from './scheduler.ts';

const QUIET: NetworkPlan = {
  delayMs: [1, 5],
  requestLoss: 0,
  replyLoss: 0,
  duplicates: 0,
  stragglers: 0,
  stragglerMs: [100, 200],
  longReordering: false,
  longDelays: false,
  codecOneIn: 1,
};

const CALLS = 200;
const TIMEOUT_MS = 1000;

/** Makes calls from 1 to 2, each answered with its number at once; tells how each ended, and what was delivered. */
function callTimes(
  plan: NetworkPlan,
  call: Partial<Call<number>>,
  prepare: (network: Network) => void = () => {},
) {
  const scheduler = new Scheduler();
  const network = new Network(scheduler, new Random(1), plan);
  prepare(network);
  const settled: { reply: number | undefined; atMs: number }[] = [];
  const delivered: number[] = [];
  for (let number = 0; number < CALLS; number += 1) {
    network.call<number>({
      from: 1,
      to: 2,
      timeoutMs: TIMEOUT_MS,
      loss: 0,
      replyLoss: 0,
      duplicates: 0,
      deliver: (respond) => {
        delivered.push(number);
        respond(number);
      },
      settle: (reply) => settled.push({ reply, atMs: scheduler.nowMs }),
      ...call,
    });
  }
  scheduler.runFor(10_000);
  return { settled, delivered };
}

test('in a quiet network each call gets its own reply', () => {
  const { settled, delivered } = callTimes(QUIET, {});
  expect(settled.map(({ reply }) => reply).toSorted((a = 0, b = 0) => a - b)).toEqual([
    ...Array(CALLS).keys(),
  ]);
  expect(delivered).toHaveLength(CALLS);
});

test('requests overtake one another', () => {
  const { delivered } = callTimes(QUIET, {});
  expect(delivered).not.toEqual(delivered.toSorted((a, b) => a - b));
});

test('a doubled request is delivered twice, and the call ends once', () => {
  const { settled, delivered } = callTimes(QUIET, { duplicates: 1000 });
  expect(settled).toHaveLength(CALLS);
  expect(delivered).toHaveLength(2 * CALLS);
});

test('a call whose reply is lost ends without one, though it was delivered', () => {
  const { settled, delivered } = callTimes(QUIET, { replyLoss: 1000 });
  expect(settled).toHaveLength(CALLS);
  expect(settled.every(({ reply }) => reply === undefined)).toBe(true);
  expect(delivered).toHaveLength(CALLS);
});

test('nothing passes a cut, and the reply to a call passes in the other direction', () => {
  const forth = callTimes(QUIET, {}, (network) => network.cut([[1, 2]]));
  expect(forth.delivered).toEqual([]);
  const back = callTimes(QUIET, {}, (network) => network.cutLastingly(2, 1));
  expect(back.delivered).toHaveLength(CALLS);
  expect(back.settled.every(({ reply }) => reply === undefined)).toBe(true);
});

test('a call ends at its time-out at the latest', () => {
  const { settled } = callTimes({ ...QUIET, longDelays: true }, {}, (network) => network.cut([[1, 2]]));
  expect(settled).toHaveLength(CALLS);
  expect(Math.max(...settled.map(({ atMs }) => atMs))).toBe(TIMEOUT_MS);
});

test('under long reordering two of three replies are late by 0.2 s or more', () => {
  const { settled } = callTimes({ ...QUIET, longReordering: true }, { timeoutMs: 5000 });
  const late = settled.filter(({ atMs }) => atMs >= 200).length;
  expect(late).toBeGreaterThan(CALLS / 2);
  expect(late).toBeLessThan((CALLS * 5) / 6);
});
