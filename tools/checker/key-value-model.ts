/**
 * A key/value store, key by key. The state of a key is its value; null is "absent", which is not the empty string:
 * Flotilla answers 404 to a get of an absent key, and 200 with an empty body to a get of "".
 *
 * One key under get, put and compare-and-set is the register of Jepsen's histories, with null for its nil.
 */

import type { Operation } from './history.ts';
import type { Model } from './model.ts';

export type Value = string | null;

export type KeyValueInput =
  | { readonly type: 'get'; readonly key: string }
  | { readonly type: 'put'; readonly key: string; readonly value: string }
  | { readonly type: 'append'; readonly key: string; readonly value: string }
  /** An append that answers the value it found (MIT 6.5840, lab 2). */
  | { readonly type: 'append-old'; readonly key: string; readonly value: string }
  /** Sets `value` if the value is `expected`, null being "if absent"; answers whether it was. */
  | {
      readonly type: 'compare-and-set';
      readonly key: string;
      readonly expected: Value;
      readonly value: string;
    }
  | { readonly type: 'delete'; readonly key: string };

/** get, append-old: the value read. compare-and-set: whether it was set. The others answer nothing: null. */
export type KeyValueOutput = Value | boolean;

export type KeyValueModel = Model<KeyValueInput, KeyValueOutput, Value>;

/** Flotilla's store: a key that was never written, or was deleted, is absent. */
export const keyValueModel: KeyValueModel = keyValueModelFrom(null);

/** The store of MIT's labs, which cannot tell: a key that was never written reads as "". */
export const labKeyValueModel: KeyValueModel = keyValueModelFrom('');

function keyValueModelFrom(absent: Value): KeyValueModel {
  return {
    initial: absent,
    partition: (input) => input.key,
    observes: (input, output) =>
      input.type === 'get' || (input.type === 'compare-and-set' && output === false),
    overwrites: (input) => input.type === 'put' || input.type === 'delete',
    merge: mergeUnseen,
    step: (state, input, output) => step(state, input, output, absent),
    describe,
  };
}

function step(
  state: Value,
  input: KeyValueInput,
  output: KeyValueOutput | undefined,
  absent: Value,
): Value | undefined {
  switch (input.type) {
    case 'get':
      return output === undefined || output === state ? state : undefined;
    case 'put':
      return input.value;
    case 'append':
      return (state ?? '') + input.value;
    case 'append-old':
      return output === undefined || output === state ? (state ?? '') + input.value : undefined;
    case 'compare-and-set': {
      const matches = state === input.expected;
      if (output !== undefined && output !== matches) return undefined;
      return matches ? input.value : state;
    }
    case 'delete':
      return absent;
  }
}

/**
 * A value is seen if a get or an append answered it, or a compare-and-set asked for it, or one that begins with it. All
 * other values are alike: nothing fits them, and appends lead from them to their like. Without this, each order of ten
 * appends at once would be a state of its own; with it, those few are that some answer bears out.
 */
function mergeUnseen(history: readonly Operation<KeyValueInput, KeyValueOutput>[]): (state: Value) => Value {
  const seen = history
    .flatMap(({ input, output }) => (input.type === 'compare-and-set' ? input.expected : output))
    .filter((value) => typeof value === 'string')
    .sort();
  const isSeen = (value: string): boolean => seen[lowerBound(seen, value)]?.startsWith(value) ?? false;
  let unseen = 'unseen';
  while (isSeen(unseen)) unseen += '.';
  return (state) => (state === null || isSeen(state) ? state : unseen);
}

/** The index of the first value that is not below `value`: the first that can begin with it. */
function lowerBound(sorted: readonly string[], value: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? '') < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function describe(input: KeyValueInput, output: KeyValueOutput | undefined): string {
  const result = output === undefined ? '?' : text(output);
  switch (input.type) {
    case 'get':
      return `get → ${result}`;
    case 'put':
      return `put ${text(input.value)}`;
    case 'append':
      return `append ${text(input.value)}`;
    case 'append-old':
      return `append ${text(input.value)} → ${result}`;
    case 'compare-and-set':
      return `compare ${text(input.expected)} and set ${text(input.value)} → ${result}`;
    case 'delete':
      return 'delete';
  }
}

function text(value: KeyValueOutput): string {
  return value === null ? 'absent' : JSON.stringify(value);
}
