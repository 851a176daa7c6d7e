import { describe, expect, test } from 'vitest';
import {
  type KeyValueInput,
  type KeyValueOperation,
  keyValueModel,
  labKeyValueModel,
} from '../../../tools/checker/index.ts';

const key = 'x';
const get: KeyValueInput = { type: 'get', key };
const appendA: KeyValueInput = { type: 'append', key, value: 'a' };
const appendOldA: KeyValueInput = { type: 'append-old', key, value: 'a' };
const remove: KeyValueInput = { type: 'delete', key };

const compareAndSet = (expected: string | null): KeyValueInput => ({
  type: 'compare-and-set',
  key,
  expected,
  value: 'new',
});

describe('the key/value model', () => {
  test('a get answers the value', () => {
    expect(keyValueModel.step('v', get, 'v')).toBe('v');
    expect(keyValueModel.step('v', get, 'w')).toBeUndefined();
    expect(keyValueModel.step('v', get, undefined)).toBe('v');
  });

  test('an absent key is not an empty one', () => {
    expect(keyValueModel.step(keyValueModel.initial, get, null)).toBeNull();
    expect(keyValueModel.step(keyValueModel.initial, get, '')).toBeUndefined();
    expect(keyValueModel.step('', get, null)).toBeUndefined();
    expect(keyValueModel.step('v', remove, null)).toBeNull();
  });

  test('in the labs an absent key is an empty one', () => {
    expect(labKeyValueModel.step(labKeyValueModel.initial, get, '')).toBe('');
    expect(labKeyValueModel.step(labKeyValueModel.initial, appendOldA, '')).toBe('a');
    expect(labKeyValueModel.step('v', remove, null)).toBe('');
  });

  test('an append to an absent key starts from nothing', () => {
    expect(keyValueModel.step(null, appendA, null)).toBe('a');
    expect(keyValueModel.step('b', appendA, null)).toBe('ba');
  });

  test('an append that answers the old value answers that and no other', () => {
    expect(keyValueModel.step('b', appendOldA, 'b')).toBe('ba');
    expect(keyValueModel.step('b', appendOldA, 'ba')).toBeUndefined();
    expect(keyValueModel.step(null, appendOldA, null)).toBe('a');
    expect(keyValueModel.step(null, appendOldA, '')).toBeUndefined();
    expect(keyValueModel.step('b', appendOldA, undefined)).toBe('ba');
  });

  test('a compare-and-set sets if and only if the value is the expected one, and says which', () => {
    expect(keyValueModel.step('old', compareAndSet('old'), true)).toBe('new');
    expect(keyValueModel.step('old', compareAndSet('old'), false)).toBeUndefined();
    expect(keyValueModel.step('old', compareAndSet('other'), false)).toBe('old');
    expect(keyValueModel.step('old', compareAndSet('other'), true)).toBeUndefined();
    expect(keyValueModel.step(null, compareAndSet(null), true)).toBe('new');
    expect(keyValueModel.step('', compareAndSet(null), true)).toBeUndefined();
  });

  test('a compare-and-set without an answer fits any state', () => {
    expect(keyValueModel.step('old', compareAndSet('old'), undefined)).toBe('new');
    expect(keyValueModel.step('old', compareAndSet('other'), undefined)).toBe('old');
  });

  test('what observes changes no state', () => {
    const observers: readonly (readonly [KeyValueInput, string | boolean])[] = [
      [get, 'v'],
      [compareAndSet('other'), false],
    ];
    for (const [input, output] of observers) {
      expect(keyValueModel.observes(input, output)).toBe(true);
      expect(keyValueModel.step('v', input, output)).toBe('v');
    }
    expect(keyValueModel.observes(compareAndSet('v'), undefined)).toBe(false);
    expect(keyValueModel.observes(appendA, null)).toBe(false);
  });

  test('what overwrites leads from any state to the same one', () => {
    for (const input of [{ type: 'put', key, value: 'v' } as const, remove]) {
      expect(keyValueModel.overwrites(input)).toBe(true);
      expect(keyValueModel.step('a', input, null)).toBe(keyValueModel.step('b', input, null));
    }
    for (const input of [appendA, appendOldA, compareAndSet('v')])
      expect(keyValueModel.overwrites(input)).toBe(false);
  });

  test('values that no answer bears out are one state; those that begin an answer keep apart', () => {
    const merge = keyValueModel.merge([
      answered('abc'),
      { ...answered('x'), input: compareAndSet('expected'), output: true },
      { ...answered('x'), return: undefined, output: undefined },
    ]);
    for (const seen of ['', 'a', 'ab', 'abc', 'exp', 'expected', null]) expect(merge(seen)).toBe(seen);
    expect(merge('abcd')).toBe(merge('b'));
    expect(merge('x')).toBe(merge('b'));
    expect(merge(`${merge('b')}a`)).toBe(merge('b'));
  });

  test('the state of all unseen values is not itself a value that was seen', () => {
    const merge = keyValueModel.merge([answered('unseen'), answered('unseen.. and more')]);
    expect(merge('unseen')).toBe('unseen');
    expect(merge('other')).not.toBe('unseen');
    expect('unseen.. and more'.startsWith(merge('other') ?? '')).toBe(false);
  });
});

function answered(output: string): KeyValueOperation {
  return { client: 1, call: 0, return: 1, input: get, output };
}
