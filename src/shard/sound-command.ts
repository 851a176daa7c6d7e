/**
 * Whether what moves shards is sound. Parts come from other groups and configurations from the controller, which may run
 * another version or be wrong: so they are read whole, rows and all, before they are proposed. What is in the log all the
 * same is judged by the same rules where it is applied, and refused at every replica alike.
 *
 * shard.P1  A part holds rows of its shard alone, in the form that this code writes.
 * shard.P2  A part says how far it goes, and goes so far: rows to the key of its last one, in their order; changes by as
 *     many numbers as a part can have, and by one at least for each row.
 */

import { type RowChange, tryDecodeRowChanges } from '../codec/index.ts';
import { isShardRow, isShardRowKey, shardRange } from '../kv/index.ts';
import { compareKeys, rowFits } from '../storage/index.ts';
import { CONFIGURATION, type Configuration, NOBODY, type ShardId } from './configuration.ts';
import { PART_ROWS_MAX, type ShardPart } from './shard-copy.ts';
import type { ShardCommand } from './store-command.ts';

/** It becomes a row. */
const CONFIGURATION_BYTES_MAX = 1 << 20;

export function isSound(command: ShardCommand, shardCount: number): boolean {
  switch (command.type) {
    case 'configure':
    case 'skip':
      return isSoundConfiguration(command.configuration, shardCount);
    case 'install':
      return rowsOfPart(command.shard, command.part) !== undefined;
    case 'freeze':
    case 'release':
    case 'sweep':
    case 'confirmed':
    case 'record':
    case 'redirect':
    case 'restart':
    case 'retain':
    case 'lost':
      return true;
  }
}

/** shard.C1. A configuration of another number of shards is another cluster's, and would take shards from everybody. */
export function isSoundConfiguration(configuration: Configuration, shardCount: number): boolean {
  const { shards, groups } = configuration;
  const areOwned = shards.every((owner) => (groups.size === 0 ? owner === NOBODY : groups.has(owner)));
  const isWhole = areOwned && shards.length === shardCount;
  return isWhole && CONFIGURATION.encode(configuration).byteLength <= CONFIGURATION_BYTES_MAX;
}

/** The rows of a part; undefined unless it is sound. */
export function rowsOfPart(shard: ShardId, part: ShardPart): readonly RowChange[] | undefined {
  const rows = tryDecodeRowChanges(part.rows);
  if (rows === undefined || rows.length > PART_ROWS_MAX || !rows.every((row) => isRowOf(shard, row))) {
    return undefined;
  }
  return (part.type === 'rows' ? areRows(shard, part, rows) : areChanges(part, rows)) ? rows : undefined;
}

/** Whether a copy may go on behind this row: behind one of another shard it would take what is not the shard's. */
export function isCursor(shard: ShardId, cursor: string): boolean {
  const { from, to } = shardRange(shard);
  return (
    cursor === '' || (compareKeys(from, cursor) <= 0 && (to === undefined || compareKeys(cursor, to) < 0))
  );
}

/** shard.P1 */
function isRowOf(shard: ShardId, [key, value]: RowChange): boolean {
  return value === undefined
    ? isShardRowKey(shard, key)
    : isShardRow(shard, key, value) && rowFits(key, value);
}

/** shard.P2 */
function areRows(
  shard: ShardId,
  { cursor, nextCursor, done }: Extract<ShardPart, { type: 'rows' }>,
  rows: readonly RowChange[],
): boolean {
  let last = cursor;
  for (const [key, value] of rows) {
    if (value === undefined || compareKeys(last, key) >= 0) return false;
    last = key;
  }
  return isCursor(shard, cursor) && last === nextCursor && (done || rows.length > 0);
}

/** shard.P2. A row that changed twice is there once. */
function areChanges(
  { after, through, caughtUp, final }: Extract<ShardPart, { type: 'changes' }>,
  rows: readonly RowChange[],
): boolean {
  const count = through - after;
  const areCounted = count >= rows.length && count <= PART_ROWS_MAX && count > 0 === rows.length > 0;
  return areCounted && new Set(rows.map(([key]) => key)).size === rows.length && (caughtUp || !final);
}
