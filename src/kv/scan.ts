/** Reads the keys of one shard that begin alike, a page at a time. */
import { decodeVersionedValue } from '../codec/index.ts';
import { keyAfter, type ScanLimit, type TableReader } from '../storage/index.ts';
import type { ScanQuery, ScanResult } from './command.ts';
import { dataKey, keyOfDataKey, metaKey } from './rows.ts';

export const SCAN_LIMIT: ScanLimit = { rowsMax: 1_024, bytesMax: 512 * 1_024 };

export function scanShard(table: TableReader, query: ScanQuery): Omit<ScanResult, 'revision'> {
  const { shard, prefix, after } = query;
  const limit = { ...SCAN_LIMIT, rowsMax: Math.min(query.rowsMax, SCAN_LIMIT.rowsMax) };
  const from = after === '' ? dataKey(shard, prefix) : keyAfter(dataKey(shard, after));
  // The shard's own row comes after all data.
  const page = table.scan({ from, to: metaKey(shard) }, limit);
  const rows: { readonly key: string; readonly value: Uint8Array }[] = [];
  for (const row of page) {
    const key = keyOfDataKey(shard, row.key);
    if (!key.startsWith(prefix)) return { type: 'scanned', rows, done: true };
    rows.push({ key, value: decodeVersionedValue(row.value).value });
  }
  return { type: 'scanned', rows, done: page.length === 0 };
}
