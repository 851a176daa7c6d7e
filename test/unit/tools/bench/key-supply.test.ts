import { expect, test } from 'vitest';
import { ETCD_DIALECT, GROUP_DIALECT } from '../../../../tools/bench/dialects.ts';
import { KeySupply } from '../../../../tools/bench/key-supply.ts';

test('no value is the one before, and none has another length than was asked for', () => {
  const keys = new KeySupply(1);
  for (const bytes of [1, 16, 1024]) {
    const values = Array.from({ length: 50 }, () => Buffer.from(keys.value(bytes)).toString());
    expect(values.every((value, at) => value.length === bytes && value !== values[at - 1])).toBe(true);
  }
});

test('a new key is given once, and a known one is one of those that are filled', () => {
  const keys = new KeySupply(3);
  expect(new Set([keys.fresh(), keys.fresh(), keys.fresh()]).size).toBe(3);
  const filled = keys.allKnown(16);
  expect(filled).toHaveLength(3);
  expect(Array.from({ length: 30 }, () => filled.includes(keys.known(16)))).not.toContain(false);
  expect(filled).not.toContain(keys.known(1024));
});

test('an operation that a server has no word for is not asked of it', () => {
  expect(GROUP_DIALECT.phrases.append?.(new KeySupply(1), 16)).toMatchObject({
    method: 'POST',
    expectedStatus: 200,
  });
  expect(ETCD_DIALECT.phrases.append).toBeUndefined();
});

test('etcd is told keys and values in base64', () => {
  const { path, body } = ETCD_DIALECT.put('key', Buffer.from('value'));
  expect([path, JSON.parse(String(body))]).toEqual(['/v3/kv/put', { key: 'a2V5', value: 'dmFsdWU=' }]);
});
