/** Reads the keys of one shard that begin alike, a page at a time. */
import { keyAfter, type ScanLimit, type TableReader } from '../storage/index.ts';
import { decodeMessage, encodeMessage, isCount } from './fields.ts';
import { dataKey, keyOfDataKey, metaKey, SHARDS_MAX } from './rows.ts';
import { decodeStoredValue } from './stored-value.ts';

export interface ScanQuery {
  readonly type: 'scan';
  readonly shard: number;
  readonly prefix: string;
  /** The last key of the page before; '' for the first page. */
  readonly after: string;
  /** At most so many rows. */
  readonly rowsMax: number;
}

export interface ScanResult {
  readonly type: 'scanned';
  readonly rows: readonly ScannedRow[];
  /** There are no more. */
  readonly done: boolean;
}

export interface ScannedRow {
  readonly key: string;
  readonly value: Uint8Array;
}

export const SCAN_LIMIT: ScanLimit = { rowsMax: 1_024, bytesMax: 512 * 1_024 };

export function scanShard(table: TableReader, query: ScanQuery): ScanResult {
  const { shard, prefix, after } = query;
  const limit = { ...SCAN_LIMIT, rowsMax: Math.min(query.rowsMax, SCAN_LIMIT.rowsMax) };
  const from = after === '' ? dataKey(shard, prefix) : keyAfter(dataKey(shard, after));
  // The shard's own row comes after all data.
  const page = table.scan({ from, to: metaKey(shard) }, limit);
  const rows: ScannedRow[] = [];
  for (const row of page) {
    const key = keyOfDataKey(shard, row.key);
    if (!key.startsWith(prefix)) return { type: 'scanned', rows, done: true };
    rows.push({ key, value: decodeStoredValue(row.value).value });
  }
  return { type: 'scanned', rows, done: page.length === 0 };
}

export function encodeScanQuery({ type, shard, prefix, after, rowsMax }: ScanQuery): Uint8Array {
  return encodeMessage([type, shard, prefix, after, rowsMax]);
}

/** Undefined when the bytes are of an unknown format, or no such query. */
export function decodeScanQuery(bytes: Uint8Array): ScanQuery | undefined {
  const [type, shard, prefix, after, rowsMax] = decodeMessage(bytes) ?? [];
  if (type !== 'scan' || !isCount(shard) || shard >= SHARDS_MAX) return undefined;
  if (!isKeyPart(prefix) || !isKeyPart(after) || !isCount(rowsMax) || rowsMax === 0) return undefined;
  return { type, shard, prefix, after, rowsMax };
}

function isKeyPart(field: unknown): field is string {
  return typeof field === 'string' && field.isWellFormed();
}

export function encodeScanResult({ type, rows, done }: ScanResult): Uint8Array {
  return encodeMessage([type, done, ...rows.flatMap(({ key, value }) => [key, value])]);
}

/** Undefined when the bytes are of an unknown format, or no such result. */
export function decodeScanResult(bytes: Uint8Array): ScanResult | undefined {
  const [type, done, ...flat] = decodeMessage(bytes) ?? [];
  if (type !== 'scanned' || typeof done !== 'boolean' || flat.length % 2 !== 0) return undefined;
  const rows: ScannedRow[] = [];
  for (let at = 0; at < flat.length; at += 2) {
    const [key, value] = flat.slice(at, at + 2);
    if (typeof key !== 'string' || !(value instanceof Uint8Array)) return undefined;
    rows.push({ key, value });
  }
  return { type, rows, done };
}
