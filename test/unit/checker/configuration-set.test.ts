import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfigurationSet } from '../../../tools/checker/configuration-set.ts';

describe('a set of configurations', () => {
  test('a configuration is new once', () => {
    const set = new ConfigurationSet(100, 0);
    set.toggle(70);
    expect(set.add(1)).toBe(true);
    expect(set.add(1)).toBe(false);
    expect(set.add(2)).toBe(true);
    set.toggle(71);
    expect(set.add(1)).toBe(true);
    set.toggle(71);
    expect(set.add(1)).toBe(false);
  });

  test('an operation is a member from one toggle to the next', () => {
    const set = new ConfigurationSet(64, 0);
    for (const operation of [0, 31, 32, 63]) {
      expect(set.has(operation)).toBe(false);
      set.toggle(operation);
      expect(set.has(operation)).toBe(true);
      set.toggle(operation);
      expect(set.has(operation)).toBe(false);
    }
  });

  test('it answers as a set of strings does, wherever the members lie and however many there are', () => {
    const operations = 200;
    const steps = fc.array(
      fc.record({ from: fc.nat(operations - 1), length: fc.nat(80), state: fc.nat({ max: 2 }) }),
      { minLength: 1, maxLength: 300, size: 'max' },
    );
    fc.assert(
      fc.property(fc.constantFrom(0, 5, 40, operations), steps, (headSize, toggles) => {
        const set = new ConfigurationSet(operations, headSize);
        const members = new Set<number>();
        const expected = new Set<string>();
        for (const { from, length, state } of toggles) {
          for (let operation = from; operation < Math.min(from + length, operations); operation += 1) {
            set.toggle(operation);
            if (!members.delete(operation)) members.add(operation);
          }
          const name = `${[...members].sort((a, b) => a - b)} ${state}`;
          expect(set.add(state)).toBe(!expected.has(name));
          expected.add(name);
        }
      }),
      { numRuns: 100 },
    );
  });

  test('what it remembers of a long history is the window that is open, not the history', () => {
    const set = new ConfigurationSet(100_000, 0);
    for (let operation = 0; operation < 100_000; operation += 1) {
      set.toggle(operation);
      if (operation % 10 === 0) set.add(0);
    }
    expect(set.bytes).toBeLessThan(1_000_000);
  });
});
