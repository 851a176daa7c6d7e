import { invariant } from '../raft/index.ts';
import type { KeyRange } from '../storage/index.ts';

/**
 * Where things are kept. A row's key begins with its shard, as four hex digits, so a shard is one range of rows that
 * can be scanned, sent and deleted as a whole, sessions included; other state in the same table must not begin with
 * a hex digit. Then follows a letter for the kind of row:
 *
 *   002ad<key>     version and value of a key
 *   002am          the shard's own row: shard-meta.ts
 *   002as<client>  what the shard remembers of a client: sessions.ts
 */
export const SHARDS_MAX = 0x10000;

/** Above every kind letter and every character of a client id. */
const AFTER_ALL = '~';
/** Below every character of a client id. */
const BEFORE_ALL = '!';

function shardPrefix(shard: number): string {
  invariant(Number.isInteger(shard) && shard >= 0 && shard < SHARDS_MAX, `no shard ${shard}`);
  return shard.toString(16).padStart(4, '0');
}

/** Undefined for a row of no shard. */
export function shardOfRow(row: string): number | undefined {
  const digits = row.slice(0, 4);
  return /^[0-9a-f]{4}$/.test(digits) ? Number.parseInt(digits, 16) : undefined;
}

/** All that a shard consists of. */
export function shardRange(shard: number): KeyRange {
  const prefix = shardPrefix(shard);
  return { from: prefix, to: `${prefix}${AFTER_ALL}` };
}

export function dataKey(shard: number, key: string): string {
  return `${shardPrefix(shard)}d${key}`;
}

export function keyOfDataKey(shard: number, row: string): string {
  return row.slice(dataKey(shard, '').length);
}

export function metaKey(shard: number): string {
  return `${shardPrefix(shard)}m`;
}

export function sessionKey(shard: number, client: string): string {
  return `${shardPrefix(shard)}s${client}`;
}

/** The sessions that come after `client`'s; all of them after ''. */
export function sessionsAfter(shard: number, client: string): KeyRange {
  return {
    from: `${sessionKey(shard, client)}${BEFORE_ALL}`,
    to: sessionKey(shard, AFTER_ALL),
  };
}

export function clientOfSessionKey(shard: number, key: string): string {
  return key.slice(sessionKey(shard, '').length);
}
