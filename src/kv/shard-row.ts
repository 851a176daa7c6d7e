/**
 * Rows of a shard that come from elsewhere: from the group that had it, or in a snapshot. They are read whole before one
 * of them is kept, since whoever meets a row that it cannot read, while it executes a command, has to stop.
 */

import { decodeVersionedValue, FormatError } from '../codec/index.ts';
import { dataKey, metaKey, sessionKey, shardOfRow } from './rows.ts';
import { SESSION_ROW } from './sessions.ts';
import { SHARD_META } from './shard-meta.ts';

/** No shard comes so far, neither by writes nor in time, and what is added to it stays exact. */
const NUMBER_MAX = 3 * 2 ** 51;

/** Whether this is the key of a row of the shard. */
export function isShardRowKey(shard: number, key: string): boolean {
  const begins = (prefix: string): boolean => key.startsWith(prefix) && key.length > prefix.length;
  return key === metaKey(shard) || begins(dataKey(shard, '')) || begins(sessionKey(shard, ''));
}

/** Whether this is a row of the shard, in the form that this code writes. */
export function isShardRow(shard: number, key: string, value: Uint8Array): boolean {
  if (!isShardRowKey(shard, key)) return false;
  if (key === metaKey(shard)) return isMeta(value);
  if (key.startsWith(dataKey(shard, ''))) return isVersionedValue(value);
  const session = SESSION_ROW.tryDecode(value);
  return session !== undefined && session.lastActiveMs <= NUMBER_MAX;
}

/** Whether this code can read a row of any shard, if it is one that it knows. */
export function readsShardRow(key: string, value: Uint8Array): boolean {
  const shard = shardOfRow(key);
  return shard === undefined || !isShardRowKey(shard, key) || isShardRow(shard, key, value);
}

function isMeta(value: Uint8Array): boolean {
  const meta = SHARD_META.tryDecode(value);
  if (meta === undefined) return false;
  const { revision, timeMs, ledger } = meta;
  return [revision, timeMs, ledger.sessions, ledger.bytes].every((number) => number <= NUMBER_MAX);
}

function isVersionedValue(value: Uint8Array): boolean {
  try {
    decodeVersionedValue(value);
    return true;
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
}
