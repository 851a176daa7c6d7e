import { expect, test } from 'vitest';
import { FAULT_KINDS, planOf } from './plan.ts';

const PLANS = Array.from({ length: 300 }, (_, seed) => planOf(seed));

test('a seed has one plan', () => {
  expect(planOf(17)).toEqual(planOf(17));
});

test.each(FAULT_KINDS)('"%s" is off in some plans and on in others', (kind) => {
  const on = PLANS.filter(({ faults }) => faults.includes(kind)).length;
  expect(on).toBeGreaterThan(PLANS.length / 4);
  expect(on).toBeLessThan((PLANS.length * 3) / 4);
});

test('a group is never asked for more than its times allow', () => {
  for (const { network, raft } of PLANS) {
    expect(2 * network.delayMs[1]).toBeLessThan(raft.electionTimeoutMs);
    expect(raft.heartbeatIntervalMs).toBeLessThan(raft.electionTimeoutMs);
  }
});
