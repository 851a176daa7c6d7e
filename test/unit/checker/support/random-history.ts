/** Histories of a store that is correct by construction: each operation takes effect at one instant of its interval. */

import fc from 'fast-check';
import {
  type KeyValueInput,
  type KeyValueOperation,
  type KeyValueOutput,
  keyValueModel,
  type Value,
} from '../../../../tools/checker/index.ts';

interface Plan {
  readonly client: number;
  readonly input: KeyValueInput;
  readonly pause: number;
  readonly before: number;
  readonly after: number;
  readonly fate: 'answered' | 'lost reply' | 'lost request';
}

const value = fc.constantFrom('', 'a', 'b');
const key = fc.constantFrom('x', 'y');

export const anyInput: fc.Arbitrary<KeyValueInput> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constant('get'), key }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('put'), key, value }) },
  fc.record({ type: fc.constant('append'), key, value }),
  fc.record({ type: fc.constant('append-old'), key, value }),
  fc.record({ type: fc.constant('compare-and-set'), key, expected: fc.option(value), value }),
  fc.record({ type: fc.constant('delete'), key }),
);

const time = fc.nat({ max: 12 });

/** Answers are drawn blindly, so about as many of these histories are wrong as are right. */
export const anySmallHistory: fc.Arbitrary<readonly KeyValueOperation[]> = fc.array(
  fc
    .record({
      client: fc.nat({ max: 3 }),
      input: anyInput,
      call: time,
      duration: fc.option(time, { freq: 5 }),
    })
    .chain(({ client, input, call, duration }) =>
      anyOutput(input).map((output) => ({
        client,
        input,
        call,
        return: duration === null ? undefined : call + duration,
        output: duration === null ? undefined : output,
      })),
    ),
  { maxLength: 6 },
);

function anyOutput(input: KeyValueInput): fc.Arbitrary<KeyValueOutput> {
  switch (input.type) {
    case 'get':
    case 'append-old':
      return fc.constantFrom(null, '', 'a', 'b', 'ab', 'ba', 'aa');
    case 'compare-and-set':
      return fc.boolean();
    case 'put':
    case 'append':
    case 'delete':
      return fc.constant(null);
  }
}

const plan: fc.Arbitrary<Plan> = fc.record({
  client: fc.nat({ max: 7 }),
  input: anyInput,
  pause: fc.nat({ max: 3 }),
  before: fc.nat({ max: 20 }),
  after: fc.nat({ max: 20 }),
  fate: fc.oneof(
    { weight: 20, arbitrary: fc.constant('answered' as const) },
    fc.constant('lost reply' as const),
    fc.constant('lost request' as const),
  ),
});

/** Linearizable histories of eight concurrent clients. */
export function correctHistory(operationsMax: number): fc.Arbitrary<readonly KeyValueOperation[]> {
  return fc
    .array(plan, { minLength: 1, maxLength: operationsMax, size: 'max' })
    .map((plans) => execute(plans));
}

function execute(plans: readonly Plan[]): readonly KeyValueOperation[] {
  const freeAt = new Map<number, number>();
  const calls = plans.map((planned) => {
    const call = (freeAt.get(planned.client) ?? 0) + planned.pause;
    const effect = call + planned.before;
    freeAt.set(planned.client, effect + planned.after + 1);
    return { ...planned, call, effect };
  });
  const states = new Map<string, Value>();
  return calls
    .sort((a, b) => a.effect - b.effect)
    .map(({ client, input, call, effect, after, fate }) => {
      const lost = { client, call, return: undefined, input, output: undefined };
      if (fate === 'lost request') return lost;
      const state = states.get(input.key) ?? null;
      const next = keyValueModel.step(state, input, undefined);
      if (next !== undefined) states.set(input.key, next);
      if (fate === 'lost reply') return lost;
      return { client, call, return: effect + after, input, output: answer(input, state) };
    });
}

function answer(input: KeyValueInput, state: Value): KeyValueOutput {
  switch (input.type) {
    case 'get':
    case 'append-old':
      return state;
    case 'compare-and-set':
      return state === input.expected;
    case 'put':
    case 'append':
    case 'delete':
      return null;
  }
}
