import { expect, test } from 'vitest';
import { FormatError } from '../../../src/codec/index.ts';
import { answerQuery, QUERY, SCAN_LIMIT, type ScanQuery, type ScanResult } from '../../../src/kv/index.ts';
import { STORE_REPLY } from '../../../src/shard/index.ts';
import { openStore, put, SHARD } from './support/store.ts';

type Table = ReturnType<typeof openStore>['table'];

function tableWith(keys: readonly string[], shard = SHARD): Table {
  const store = openStore();
  for (const [at, key] of keys.entries()) {
    store.call({ sequence: at + 1, command: put(key, `value of ${key}`), shard });
  }
  return store.table;
}

function scan(table: Table, query: ScanQuery): ScanResult {
  const result = answerQuery(table, query.shard, query);
  if (result.type !== 'scanned') throw new Error(`a scan was answered with ${result.type}`);
  return result;
}

/** Page after page, over the wire's encoding. */
function scanAll(table: Table, prefix: string, rowsMax: number): readonly string[] {
  const keys: string[] = [];
  for (let after = ''; ; after = keys.at(-1) ?? '') {
    const query = QUERY.decode(QUERY.encode({ type: 'scan', shard: SHARD, prefix, after, rowsMax }));
    if (query.type !== 'scan') throw new Error('a scan was taken for something else');
    const page = STORE_REPLY.decode(STORE_REPLY.encode(scan(table, query)));
    if (page.type !== 'scanned') throw new Error('a page was taken for something else');
    for (const { key, value } of page.rows) {
      expect(new TextDecoder().decode(value)).toBe(`value of ${key}`);
      keys.push(key);
    }
    if (page.done) return keys;
    expect(page.rows.length).toBeGreaterThan(0);
  }
}

test('a scan gives the keys with the prefix in order, each once, whatever the size of its pages', () => {
  const keys = ['a', 'a/', 'a/1', 'a/10', 'a/2', 'a/~', 'a/\u{1f600}', 'a0', 'b'];
  const table = tableWith(keys);
  for (const rowsMax of [1, 2, 3, 100]) {
    expect(scanAll(table, 'a/', rowsMax)).toEqual(['a/', 'a/1', 'a/10', 'a/2', 'a/~', 'a/\u{1f600}']);
    expect(scanAll(table, '', rowsMax)).toEqual(keys);
    expect(scanAll(table, 'c', rowsMax)).toEqual([]);
  }
});

test('a scan sees neither another shard nor the sessions of its own', () => {
  expect(scanAll(tableWith(['a', 'b'], SHARD + 1), '', 10)).toEqual([]);
  expect(scanAll(tableWith(['z']), '', 10)).toEqual(['z']);
});

test('a page has no more rows than the limit, whatever is asked for', () => {
  const table = tableWith(Array.from({ length: SCAN_LIMIT.rowsMax + 10 }, (_, at) => `key-${at}`));
  const query: ScanQuery = { type: 'scan', shard: SHARD, prefix: '', after: '', rowsMax: 1_000_000 };
  expect(scan(table, query).rows).toHaveLength(SCAN_LIMIT.rowsMax);
});

test('a query that names no shard or no rows, and bytes of another format, are refused', () => {
  const query: ScanQuery = { type: 'scan', shard: SHARD, prefix: '', after: '', rowsMax: 1 };
  expect(QUERY.decode(QUERY.encode(query))).toEqual(query);
  expect(() => QUERY.decode(QUERY.encode({ ...query, shard: 0x10000 }))).toThrow(FormatError);
  expect(() => QUERY.decode(QUERY.encode({ ...query, rowsMax: 0 }))).toThrow(FormatError);
  expect(() => QUERY.decode(Uint8Array.of(9, 9))).toThrow(FormatError);
  const result: ScanResult = { type: 'scanned', rows: [], done: true, revision: 0 };
  expect(() => STORE_REPLY.decode(QUERY.encode(query))).toThrow(FormatError);
  expect(() => QUERY.decode(STORE_REPLY.encode(result))).toThrow(FormatError);
});
