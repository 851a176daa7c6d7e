/**
 * How a shard's rows are read where it leaves: first all rows in key order, chunk by chunk, then what has changed
 * since, in the order in which it changed. The shard is served meanwhile; only the last few changes are read after it
 * was frozen. The one who copies may ask any replica that has taken the configuration: every change since then is on
 * the record, so that a row which is read early is brought up to date later.
 */

import {
  bytes,
  type Described,
  decodeText,
  encodeRowChanges,
  encodeText,
  flag,
  natural,
  type RowChange,
  text,
  union,
} from '../codec/index.ts';
import { shardRange } from '../kv/index.ts';
import { keyAfter, type Table, type TableReader } from '../storage/index.ts';
import type { ShardId } from './configuration.ts';
import { changeRow, changeRows, type LeavingShard } from './shard-state.ts';

/** A part of a shard on its way to another group; `rows` is of `encodeRowChanges`. */
export const shardPart = union({
  /**
   * The rows after `cursor`, up to `nextCursor`; `done` if there are no more. What changes in them afterwards is on the
   * record that begins at change number `since`.
   */
  rows: { since: natural, cursor: text, nextCursor: text, done: flag, rows: bytes },
  /**
   * What the changes after number `after` up to number `through` led to; `caughtUp`: the record had no more when this
   * was read; `final`: none can follow.
   */
  changes: { after: natural, through: natural, caughtUp: flag, final: flag, rows: bytes },
});
export type ShardPart = Described<typeof shardPart>;

/** Rows in one part: keeps a shard of tiny rows from making one slow. */
export const PART_ROWS_MAX = 4096;
/** And bytes, whatever is asked for; a single larger row still goes. */
export const PART_BYTES_MAX = 1 << 20;

export function readRowsPart(
  table: TableReader,
  shard: ShardId,
  { since }: LeavingShard,
  cursor: string,
  bytesMax: number,
): ShardPart {
  const { from, to } = shardRange(shard);
  const start = cursor === '' ? from : keyAfter(cursor);
  const rows = table.scan({ from: start, to }, { rowsMax: PART_ROWS_MAX, bytesMax });
  const nextCursor = rows.at(-1)?.key ?? cursor;
  const rest = { from: nextCursor === '' ? from : keyAfter(nextCursor), to };
  const done = rows.length === 0 || table.keys(rest, { rowsMax: 1, bytesMax: 1 }).length === 0;
  const changes = rows.map(({ key, value }): RowChange => [key, value]);
  return { type: 'rows', since, cursor, nextCursor, rows: encodeRowChanges(changes), done };
}

export function readChangesPart(
  table: TableReader,
  shard: ShardId,
  state: LeavingShard,
  after: number,
  bytesMax: number,
): ShardPart {
  const record = table.scan(changeRows(shard, after), { rowsMax: PART_ROWS_MAX, bytesMax });
  const rows = new Map<string, Uint8Array | undefined>();
  let through = after;
  let partBytes = 0;
  for (const { value } of record) {
    const key = decodeText(value);
    const row = table.get(key);
    if (!rows.has(key)) partBytes += key.length + (row?.byteLength ?? 0);
    if (partBytes > bytesMax && through > after) break;
    rows.set(key, row);
    through += 1;
  }
  const caughtUp = through === state.changes;
  return {
    type: 'changes',
    after,
    through,
    rows: encodeRowChanges(rows),
    caughtUp,
    final: caughtUp && state.frozen,
  };
}

/** A table that keeps a record of what changes in a shard while the shard is being copied away. */
export class RecordingTable implements Table {
  readonly #table: Table;
  readonly #shard: ShardId;
  #changes: number;
  #bytes = 0;

  constructor(table: Table, shard: ShardId, changes: number) {
    this.#table = table;
    this.#shard = shard;
    this.#changes = changes;
  }

  /** The number of the last change. */
  get changes(): number {
    return this.#changes;
  }

  /** Of the rows of the record that were made here. */
  get recordBytes(): number {
    return this.#bytes;
  }

  get(key: string): Uint8Array | undefined {
    return this.#table.get(key);
  }

  scan(...scanned: Parameters<TableReader['scan']>): ReturnType<TableReader['scan']> {
    return this.#table.scan(...scanned);
  }

  keys(...scanned: Parameters<TableReader['keys']>): ReturnType<TableReader['keys']> {
    return this.#table.keys(...scanned);
  }

  put(key: string, value: Uint8Array): void {
    this.#table.put(key, value);
    this.#record(key);
  }

  delete(key: string): void {
    this.#table.delete(key);
    this.#record(key);
  }

  #record(key: string): void {
    this.#changes += 1;
    const row = changeRow(this.#shard, this.#changes);
    const value = encodeText(key);
    this.#bytes += row.length + value.byteLength;
    this.#table.put(row, value);
  }
}
