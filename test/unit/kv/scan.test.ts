import { expect, test } from 'vitest';
import {
  applyCommand,
  DEFAULT_KV_SETTINGS,
  decodeScanQuery,
  decodeScanResult,
  encodeScanQuery,
  encodeScanResult,
  formatClientId,
  SCAN_LIMIT,
  type ScanQuery,
  type ScanResult,
  scanShard,
} from '../../../src/kv/index.ts';
import { MemoryTable } from '../../../src/storage/index.ts';

const SHARD = 3;

function tableWith(keys: readonly string[], shard = SHARD): MemoryTable {
  const table = new MemoryTable();
  for (const [at, key] of keys.entries()) {
    const session = { client: formatClientId(1, `client-${at}`), sequence: 1 };
    const command = { type: 'put', key, value: new TextEncoder().encode(`value of ${key}`) } as const;
    applyCommand(table, { session, command, shard, timeMs: 1 }, DEFAULT_KV_SETTINGS);
  }
  return table;
}

/** Page after page, over the wire's encoding. */
function scanAll(table: MemoryTable, prefix: string, rowsMax: number): readonly string[] {
  const keys: string[] = [];
  for (let after = ''; ; after = keys.at(-1) ?? '') {
    const query = decodeScanQuery(encodeScanQuery({ type: 'scan', shard: SHARD, prefix, after, rowsMax }));
    if (query === undefined) throw new Error('the query was not understood');
    const page = decodeScanResult(encodeScanResult(scanShard(table, query)));
    if (page === undefined) throw new Error('the page was not understood');
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
  expect(scanShard(table, query).rows).toHaveLength(SCAN_LIMIT.rowsMax);
});

test('a query that names no shard or no rows, and bytes of another format, are refused', () => {
  const query: ScanQuery = { type: 'scan', shard: SHARD, prefix: '', after: '', rowsMax: 1 };
  expect(decodeScanQuery(encodeScanQuery(query))).toEqual(query);
  expect(decodeScanQuery(encodeScanQuery({ ...query, shard: 0x10000 }))).toBeUndefined();
  expect(decodeScanQuery(encodeScanQuery({ ...query, rowsMax: 0 }))).toBeUndefined();
  expect(decodeScanQuery(Uint8Array.of(9, 9))).toBeUndefined();
  const result: ScanResult = { type: 'scanned', rows: [], done: true };
  expect(decodeScanResult(encodeScanResult(result))).toEqual(result);
  expect(decodeScanResult(encodeScanQuery(query))).toBeUndefined();
});
