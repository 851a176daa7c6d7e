import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type CheckLimits,
  checkHistory,
  type KeyValueOperation,
  keyValueModel,
  labKeyValueModel,
  type Model,
} from '../../../tools/checker/index.ts';
import { hasLinearization, isLinearization } from './support/brute-force.ts';
import { anySmallHistory, correctHistory } from './support/random-history.ts';

const unlimited: CheckLimits = { timeLimitMs: 1, nowMs: () => 0 };

/** The order that a passing check gives as its reason, over all keys. */
function certificates(operations: readonly KeyValueOperation[]): readonly (readonly KeyValueOperation[])[] {
  return checkHistory(operations, keyValueModel, unlimited).partitions.map(({ operations: part, result }) =>
    result.order.flatMap((index) => part[index] ?? []),
  );
}

describe('agreement with the definition', () => {
  test('the verdict on a small history is that of trying every order', () => {
    let linearizable = 0;
    let total = 0;
    fc.assert(
      fc.property(anySmallHistory, fc.constantFrom(keyValueModel, labKeyValueModel), (operations, model) => {
        const expected = hasLinearization(operations, model) ? 'linearizable' : 'not linearizable';
        expect(checkHistory(operations, model, unlimited).verdict).toBe(expected);
        total += 1;
        if (expected === 'linearizable') linearizable += 1;
      }),
      { numRuns: 3000 },
    );
    // Agreement on one verdict only would prove little.
    expect(linearizable).toBeGreaterThan(total / 10);
    expect(linearizable).toBeLessThan((total * 9) / 10);
  });

  test('a register read by many is judged as by trying every order', () => {
    const register = fc.constantFrom('a', 'b');
    const time = fc.nat({ max: 8 });
    const history = fc.array(
      fc
        .record({ isGet: fc.boolean(), value: register, call: time, duration: fc.option(time, { freq: 4 }) })
        .map(({ isGet, value, call, duration }): KeyValueOperation => {
          const returned = duration === null ? undefined : call + duration;
          const [input, output] = isGet
            ? [{ type: 'get', key: 'x' } as const, value]
            : [{ type: 'put', key: 'x', value } as const, null];
          return {
            client: 0,
            call,
            return: returned,
            input,
            output: returned === undefined ? undefined : output,
          };
        }),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(history, (operations) => {
        const { verdict } = checkHistory(operations, keyValueModel, unlimited);
        expect(verdict === 'linearizable').toBe(hasLinearization(operations, keyValueModel));
      }),
      { numRuns: 2000 },
    );
  });

  test('a correct store is never accused', () => {
    fc.assert(
      fc.property(correctHistory(300), (operations) => {
        expect(checkHistory(operations, keyValueModel, unlimited).verdict).toBe('linearizable');
      }),
      { numRuns: 100 },
    );
  });

  test('the order that is given as the reason keeps to time and to the model, and misses no completed operation', () => {
    fc.assert(
      fc.property(correctHistory(100), (operations) => {
        const orders = certificates(operations);
        for (const order of orders) expect(isLinearization(order, keyValueModel)).toBe(true);
        const ordered = new Set(orders.flat());
        expect(ordered.size).toBe(orders.flat().length);
        expect(
          operations.filter((operation) => operation.return !== undefined && !ordered.has(operation)),
        ).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  test('a checker whose model forgets writes disagrees with the definition', () => {
    const forgetful: typeof keyValueModel = {
      ...keyValueModel,
      step: (state, input, output) =>
        input.type === 'put' ? state : keyValueModel.step(state, input, output),
    };
    const found = fc.check(
      fc.property(
        anySmallHistory,
        (operations) =>
          (checkHistory(operations, forgetful, unlimited).verdict === 'linearizable') ===
          hasLinearization(operations, keyValueModel),
      ),
      { numRuns: 2000 },
    );
    expect(found.failed).toBe(true);
  });

  test('any model will do: a counter', () => {
    const counter: Model<'add' | 'read', number, number> = {
      initial: 0,
      partition: () => 'counter',
      observes: (input) => input === 'read',
      overwrites: () => false,
      merge: () => (count) => count,
      step: (count, input, output) => {
        if (input === 'add') return count + 1;
        return output === undefined || output === count ? count : undefined;
      },
      describe: (input, output) => `${input} ${output}`,
    };
    const add = { client: 1, call: 0, return: 10, input: 'add', output: undefined } as const;
    const read = (output: number) => ({ client: 2, call: 20, return: 30, input: 'read', output }) as const;
    expect(checkHistory([add, add, read(2)], counter, unlimited).verdict).toBe('linearizable');
    expect(checkHistory([add, add, read(1)], counter, unlimited).verdict).toBe('not linearizable');
  });
});
