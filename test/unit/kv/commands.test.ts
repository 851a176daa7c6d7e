import { describe, expect, test } from 'vitest';
import { answerQuery } from '../../../src/kv/index.ts';
import { MemoryTable } from '../../../tools/memory-storage/index.ts';
import { append, appended, openStore, put, remove, utf8 } from './support/store.ts';

describe('commands', () => {
  test('a put is found under its key, with its version', () => {
    const store = openStore();
    expect(store.call({ sequence: 1, command: put('key', 'value') })).toEqual({
      type: 'written',
      version: 1,
    });
    expect(store.get('key')).toEqual({ type: 'found', value: utf8('value'), version: 1 });
  });

  test('a key that was never written is absent', () => {
    expect(openStore().get('key')).toEqual({ type: 'absent' });
  });

  test('an empty value is a value', () => {
    const store = openStore();
    store.call({ sequence: 1, command: put('key', '') });
    expect(store.get('key')).toEqual({ type: 'found', value: utf8(''), version: 1 });
    expect(store.call({ sequence: 2, command: append('key', 'a') })).toEqual(appended(2, 1, ''));
  });

  test('an append answers the value before it, if there was one, and the length after it', () => {
    const store = openStore();
    const first = store.call({ sequence: 1, command: append('key', 'a') });
    expect(first).toEqual(appended(1, 1));
    const second = store.call({ sequence: 2, command: append('key', 'b') });
    expect(second).toEqual(appended(2, 2, 'a'));
    expect(store.get('key')).toEqual({ type: 'found', value: utf8('ab'), version: 2 });
  });

  test('a delete says whether the key existed', () => {
    const store = openStore();
    store.call({ sequence: 1, command: put('key', 'value') });
    expect(store.call({ sequence: 2, command: remove('key') })).toEqual({
      type: 'deleted',
      version: 2,
      existed: true,
    });
    expect(store.get('key')).toEqual({ type: 'absent' });
    expect(store.call({ sequence: 3, command: remove('key') })).toEqual({
      type: 'deleted',
      version: 3,
      existed: false,
    });
  });

  test('a version never repeats, not even after a delete', () => {
    const store = openStore();
    store.call({ sequence: 1, command: put('key', 'value') });
    store.call({ sequence: 2, command: remove('key') });
    expect(store.call({ sequence: 3, command: put('key', 'value') })).toEqual({
      type: 'written',
      version: 3,
    });
  });

  test('shards count their versions apart, and keep equal keys apart', () => {
    const store = openStore();
    store.call({ sequence: 1, command: put('key', 'here'), shard: 1 });
    expect(store.call({ sequence: 2, command: put('key', 'there'), shard: 2 })).toEqual({
      type: 'written',
      version: 1,
    });
    expect(store.get('key', 1)).toEqual({ type: 'found', value: utf8('here'), version: 1 });
    expect(store.get('key', 2)).toEqual({ type: 'found', value: utf8('there'), version: 1 });
  });

  test('an answer says which revision of the shard it reflects, also of a key that is absent', () => {
    const store = openStore();
    const revisionsOf = (shard: number) => {
      const scan = { type: 'scan', shard, prefix: '', after: '', rowsMax: 1 } as const;
      const queries = [{ type: 'get', key: 'key' }, { type: 'get', key: 'none' }, scan] as const;
      return queries.map((query) => answerQuery(store.table, shard, query).revision);
    };
    expect(revisionsOf(1)).toEqual([0, 0, 0]);
    store.call({ sequence: 1, command: put('key', 'a'), shard: 1 });
    store.call({ sequence: 2, command: put('other', 'a'), shard: 1 });
    store.call({ sequence: 3, command: remove('other'), shard: 1 });
    // Neither a resend nor a refusal is a write.
    store.call({ sequence: 3, command: remove('other'), shard: 1 });
    store.call({ sequence: 4, command: put('.', 'a'), shard: 1 });
    expect(revisionsOf(1)).toEqual([3, 3, 3]);
    expect(revisionsOf(2)).toEqual([0, 0, 0]);
  });

  test('a table may hand out rows that are parts of larger buffers', () => {
    const table = new MemoryTable();
    const get = (key: string) => {
      const row = table.get(key);
      return row && Uint8Array.of(9, 9, 9, ...row, 9).subarray(3, -1);
    };
    const store = openStore(
      {},
      {
        get,
        scan: (range, limit) => table.scan(range, limit),
        keys: (range, limit) => table.keys(range, limit),
        put: (key, row) => table.put(key, row),
        delete: (key) => table.delete(key),
      },
    );
    store.call({ sequence: 1, command: append('key', 'a') });
    expect(store.call({ sequence: 2, command: append('key', 'b') })).toEqual(appended(2, 2, 'a'));
    expect(store.get('key')).toEqual({ type: 'found', value: utf8('ab'), version: 2 });
  });

  test('a caller that goes on to use its array changes nothing', () => {
    const store = openStore();
    const value = utf8('value');
    store.call({ sequence: 1, command: { type: 'put', key: 'key', value } });
    value.fill(0);
    expect(store.get('key')).toEqual({ type: 'found', value: utf8('value'), version: 1 });
  });
});

describe('limits', () => {
  const settings = { keyBytesMax: 4, valueBytesMax: 4 };

  test('a put of the greatest length is written, and one byte more is refused', () => {
    const store = openStore(settings);
    expect(store.call({ sequence: 1, command: put('key', '1234') }).type).toBe('written');
    const refused = store.call({ sequence: 2, command: put('key', '12345') });
    expect(refused).toEqual({ type: 'value-too-large', bytesMax: 4 });
    expect(store.get('key')).toEqual({ type: 'found', value: utf8('1234'), version: 1 });
  });

  test('an append that would make the value too large changes nothing and takes no version', () => {
    const store = openStore(settings);
    store.call({ sequence: 1, command: put('key', '123') });
    expect(store.call({ sequence: 2, command: append('key', '45') })).toEqual({
      type: 'value-too-large',
      bytesMax: 4,
    });
    expect(store.get('key')).toEqual({ type: 'found', value: utf8('123'), version: 1 });
    expect(store.call({ sequence: 3, command: append('key', '4') }).type).toBe('appended');
    expect(store.get('key')).toEqual({ type: 'found', value: utf8('1234'), version: 2 });
  });

  test('the length of a key is counted in bytes of UTF-8', () => {
    const store = openStore(settings);
    expect(store.call({ sequence: 1, command: put('éé', '') }).type).toBe('written');
    expect(store.call({ sequence: 2, command: put('ééa', '') })).toEqual({
      type: 'key-too-long',
      bytesMax: 4,
    });
  });

  test('a key with half of a surrogate pair is refused, and no such key is found', () => {
    const store = openStore();
    store.call({ sequence: 1, command: put('\ufffd', 'what UTF-8 makes of it') });
    const bytes = utf8('it has none');
    const result = store.call({ sequence: 2, command: put('\ud800', ''), bytes });
    expect(result).toEqual({ type: 'key-malformed' });
    expect(store.get('\ud800')).toEqual({ type: 'absent' });
  });
});
