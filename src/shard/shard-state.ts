/**
 * What a store group knows of each shard, as rows of its own table, so as part of what its replicas agree on.
 *
 *   group/configuration             the configuration that the group has taken
 *   group/shard/<shard>             the state of a shard that is not simply somebody else's
 *   group/change/<shard>/<number>   the key of a row that changed while its shard was being copied away
 *   group/confirm/<number>/<shard>  a group that may delete its copy of a shard that has arrived here
 *   group/lost                      the configuration that declared this group lost, once it has learned of it
 *
 * Rows of the shards themselves begin with a hex digit (kv/rows.ts), so they never mix with these.
 */

import {
  Codec,
  type Described,
  decodeText,
  FormatError,
  flag,
  list,
  natural,
  oneOf,
  text,
  tuple,
  union,
} from '../codec/index.ts';
import type { KeyRange, Table, TableReader } from '../storage/index.ts';
import {
  asShardId,
  CONFIGURATION,
  type Configuration,
  groupId,
  initialConfiguration,
  type ShardId,
  shardId,
} from './configuration.ts';

/** A group, and where to find it: kept apart from the configuration, since a later one may no longer name it. */
export const neighbour = tuple({ group: groupId, replicas: list(text) });
export type Neighbour = Described<typeof neighbour>;

/**
 * What has changed while a shard leaves. `kept`: all since change number `since`. `dropped`: it had grown too long, and
 * its rows are being removed. `none`: there are no rows, and none are made until somebody begins to copy.
 */
const changeRecord = oneOf('kept', 'dropped', 'none');

/**
 * A shard that has no row is another group's, or nobody's. `configuration` is the one that moves it, taken at the time
 * `sinceMs`.
 */
const shardState = union({
  serving: {},
  /**
   * Being copied here. Rows up to `cursor` have come, then changes up to number `changes`. Not visible to anybody.
   * `from` gives it away with configuration `move`, an earlier one if it was on its way to a group that is lost; it is
   * nobody if the shard begins anew. `since` names the record that the copy goes by. `clearing`: rows of an earlier
   * attempt are removed first.
   */
  arriving: {
    configuration: natural,
    sinceMs: natural,
    from: neighbour,
    move: natural,
    since: natural,
    clearing: flag,
    cursor: text,
    copied: flag,
    changes: natural,
  },
  /**
   * Being copied away. It is served until `frozen`; `changes` is the number of the last row that changed meanwhile,
   * `recordBytes` what the record of them takes. `to` gets it with configuration `due`, a later one if it is not the
   * group that it was meant for. `returning`: all whom it was meant for are lost, and it comes back here.
   */
  leaving: {
    configuration: natural,
    sinceMs: natural,
    to: groupId,
    due: natural,
    frozen: flag,
    returning: flag,
    record: changeRecord,
    since: natural,
    changes: natural,
    recordBytes: natural,
  },
  /** The new owner has it. What is left is removed a little at a time. */
  deleting: {},
  /** This group was declared lost: others have begun anew with the shard. Its rows are left as they are. */
  lost: {},
});
export type ShardState = Described<typeof shardState>;
export type ArrivingShard = Extract<ShardState, { type: 'arriving' }>;
export type LeavingShard = Extract<ShardState, { type: 'leaving' }>;

/** That a shard came with this configuration, from this group, which still has to be told. */
const confirmation = tuple({ shard: shardId, configuration: natural, to: neighbour });
export type Confirmation = Described<typeof confirmation>;

export const SHARD_STATE: Codec<ShardState> = new Codec('the state of a shard', shardState, 3);
export const CONFIRMATION: Codec<Confirmation> = new Codec('a confirmation', confirmation, 2);
export const LOST_WITH: Codec<number> = new Codec('the configuration that declared a group lost', natural, 1);

const CONFIGURATION_ROW = 'group/configuration';
const LOST_ROW = 'group/lost';
const SHARD_ROWS = 'group/shard/';
const CHANGE_ROWS = 'group/change/';
const CONFIRM_ROWS = 'group/confirm/';
const EVERYTHING = { rowsMax: Number.MAX_SAFE_INTEGER, bytesMax: Number.MAX_SAFE_INTEGER };

export function readConfiguration(table: TableReader, shardCount: number): Configuration {
  const bytes = table.get(CONFIGURATION_ROW);
  return bytes === undefined ? initialConfiguration(shardCount) : CONFIGURATION.decode(bytes);
}

export function writeConfiguration(table: Table, configuration: Configuration): void {
  table.put(CONFIGURATION_ROW, CONFIGURATION.encode(configuration));
}

/** The configuration that declared this group lost. */
export function readLostWith(table: TableReader): number | undefined {
  const bytes = table.get(LOST_ROW);
  return bytes && LOST_WITH.decode(bytes);
}

export function writeLostWith(table: Table, configuration: number): void {
  table.put(LOST_ROW, LOST_WITH.encode(configuration));
}

export function readShardState(table: TableReader, shard: ShardId): ShardState | undefined {
  const bytes = table.get(`${SHARD_ROWS}${shardDigits(shard)}`);
  return bytes === undefined ? undefined : SHARD_STATE.decode(bytes);
}

/** Undefined: the shard is no longer, or not yet, any business of this group. */
export function writeShardState(table: Table, shard: ShardId, state: ShardState | undefined): void {
  const row = `${SHARD_ROWS}${shardDigits(shard)}`;
  if (state === undefined) table.delete(row);
  else table.put(row, SHARD_STATE.encode(state));
}

/** Whether this code can read a row that is of no shard, if it is one that it knows. */
export function readsGroupRow(key: string, value: Uint8Array): boolean {
  if (key === CONFIGURATION_ROW) return CONFIGURATION.tryDecode(value) !== undefined;
  if (key.startsWith(SHARD_ROWS)) return SHARD_STATE.tryDecode(value) !== undefined;
  if (key.startsWith(CONFIRM_ROWS)) return CONFIRMATION.tryDecode(value) !== undefined;
  if (key === LOST_ROW) return LOST_WITH.tryDecode(value) !== undefined;
  return !key.startsWith(CHANGE_ROWS) || isText(value);
}

/** By rising shard. */
export function readShardStates(table: TableReader): readonly (readonly [ShardId, ShardState])[] {
  const rows = table.scan(rowsUnder(SHARD_ROWS), EVERYTHING);
  return rows.map(({ key, value }) => [shardOfRow(key.slice(SHARD_ROWS.length)), SHARD_STATE.decode(value)]);
}

export function readConfirmations(table: TableReader): readonly Confirmation[] {
  return table.scan(rowsUnder(CONFIRM_ROWS), EVERYTHING).map(({ value }) => CONFIRMATION.decode(value));
}

export function writeConfirmation(table: Table, confirmed: Confirmation): void {
  table.put(confirmRow(confirmed.shard, confirmed.configuration), CONFIRMATION.encode(confirmed));
}

export function deleteConfirmation(table: Table, shard: ShardId, configuration: number): void {
  table.delete(confirmRow(shard, configuration));
}

/** A shard may come again, with a later configuration, before its earlier owner could be told. */
function confirmRow(shard: ShardId, configuration: number): string {
  return `${CONFIRM_ROWS}${paddedNumber(configuration)}/${shardDigits(shard)}`;
}

export function changeRow(shard: ShardId, number: number): string {
  return `${CHANGE_ROWS}${shardDigits(shard)}/${paddedNumber(number)}`;
}

/** The rows that say what changed after change number `after`. */
export function changeRows(shard: ShardId, after: number): KeyRange {
  const { to } = rowsUnder(`${CHANGE_ROWS}${shardDigits(shard)}/`);
  return { from: changeRow(shard, after + 1), to };
}

/** So wide that the order of rows is the order of numbers for as long as a group lives. */
function paddedNumber(number: number): string {
  return String(number).padStart(12, '0');
}

function shardDigits(shard: ShardId): string {
  return shard.toString(16).padStart(4, '0');
}

function shardOfRow(digits: string): ShardId {
  return asShardId(Number.parseInt(digits, 16));
}

/** `prefix` ends in '/', and '0' is the character after it. */
function rowsUnder(prefix: string): KeyRange {
  return { from: prefix, to: `${prefix.slice(0, -1)}0` };
}

function isText(bytes: Uint8Array): boolean {
  try {
    decodeText(bytes);
    return true;
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
}
