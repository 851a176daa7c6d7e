import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteBudget, type Lease } from '../../../src/replica/index.ts';

function setUp(bytesMax: number, leaseMsMax = 1000) {
  let nowMs = 0;
  const budget = new ByteBudget({ bytesMax, leaseMsMax, nowMs: () => nowMs });
  return { budget, wait: (ms: number) => (nowMs += ms) };
}

describe('a budget of bytes', () => {
  test('never has more taken than it may, and gets back what was given', () => {
    const step = fc.record({ bytes: fc.nat(40), gives: fc.boolean(), at: fc.nat(100) });
    fc.assert(
      fc.property(fc.array(step), fc.integer({ min: 1, max: 100 }), (steps, bytesMax) => {
        const { budget } = setUp(bytesMax);
        const leases: Lease[] = [];
        const held = () => leases.reduce((sum, { bytes }) => sum + bytes, 0);
        for (const { bytes, gives, at } of steps) {
          const [given] = gives ? leases.splice(at % Math.max(leases.length, 1), 1) : [];
          if (given !== undefined) budget.give(given);
          const lease = budget.take(bytes);
          expect(lease !== undefined).toBe(held() + bytes <= bytesMax);
          if (lease !== undefined) leases.push(lease);
          expect(budget.heldBytes).toBe(held());
          expect(budget.isFull).toBe(held() >= bytesMax);
        }
      }),
    );
  });

  test('counts what nobody can refuse any more, and gives nothing back twice', () => {
    const { budget } = setUp(10);
    const lease = budget.hold(25);
    expect([budget.heldBytes, budget.isFull, budget.take(1)]).toEqual([25, true, undefined]);
    budget.give(lease);
    budget.give(lease);
    expect([budget.heldBytes, budget.isFull]).toEqual([0, false]);
  });

  test('ends the leases of those who were heard of no more', () => {
    const { budget, wait } = setUp(10, 1000);
    const first = budget.take(4);
    wait(500);
    budget.take(6);
    wait(499);
    expect(budget.take(1)).toBeUndefined();
    wait(1);
    expect(budget.take(5)).toBeUndefined();
    expect(budget.take(4)).toBeDefined();
    if (first !== undefined) budget.give(first);
    expect(budget.heldBytes).toBe(10);
  });

  test('tells for a while that somebody found no room', () => {
    const { budget, wait } = setUp(10);
    budget.take(10);
    expect(budget.hasRefusedWithin(100)).toBe(false);
    budget.take(1);
    wait(100);
    expect(budget.hasRefusedWithin(100)).toBe(true);
    wait(1);
    expect(budget.hasRefusedWithin(100)).toBe(false);
  });
});
