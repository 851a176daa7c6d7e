/**
 * The latest configurations, a row for each, so that a group which was away can take every step it missed.
 *
 * controller.H1  The numbers have no gap: oldest … latest. Configuration 0 follows from the others and has no row.
 * controller.H2  A row, once written, is never written again. It is deleted when there are more than so many, and no group
 *                needs it (members.ts).
 */
import { Codec, natural } from '../codec/index.ts';
import { invariant } from '../raft/index.ts';
import { CONFIGURATION, type Configuration, initialConfiguration, NOBODY } from '../shard/index.ts';
import type { Table, TableReader } from '../storage/index.ts';

export const LATEST_NUMBER: Codec<number> = new Codec('the number of a configuration', natural, 2);

/** The rows with the numbers of the latest and the oldest configuration: rows can be scanned upwards only. */
const LATEST_KEY = 'latest-configuration';
const OLDEST_KEY = 'oldest-configuration';

/** What one change deletes at most. */
const DROPPED_MAX = 64;

/** Padded, so that the order of the rows is the order of the numbers. */
const ROWS = 'configuration/';
const rowKey = (number: number): string => `${ROWS}${number.toString().padStart(10, '0')}`;

export function latestNumber(table: TableReader): number {
  return readNumber(table, LATEST_KEY);
}

export function oldestNumber(table: TableReader): number {
  return readNumber(table, OLDEST_KEY);
}

function readNumber(table: TableReader, key: string): number {
  const row = table.get(key);
  return row === undefined ? 0 : LATEST_NUMBER.decode(row);
}

/** Whether this code can read a row of the history, if it is one. */
export function readsHistoryRow(key: string, value: Uint8Array): boolean {
  if (key === LATEST_KEY || key === OLDEST_KEY) return LATEST_NUMBER.tryDecode(value) !== undefined;
  if (!key.startsWith(ROWS)) return true;
  const configuration = CONFIGURATION.tryDecode(value);
  return configuration !== undefined && key === rowKey(configuration.number);
}

/** `number` must be from the oldest to the latest. `shardCount` is that of a cluster to be made. */
export function configurationAt(table: TableReader, number: number, shardCount: number): Configuration {
  const latest = latestNumber(table);
  if (number > 0) return readRow(table, number);
  return initialConfiguration(latest === 0 ? shardCount : readRow(table, latest).shards.length);
}

function readRow(table: TableReader, number: number): Configuration {
  const row = table.get(rowKey(number));
  invariant(row !== undefined, `configuration ${number} is missing`);
  const configuration = CONFIGURATION.decode(row);
  invariant(configuration.number === number, `configuration ${number} stands in another's row`);
  return configuration;
}

export function appendConfiguration(table: Table, configuration: Configuration): void {
  const { number, shards, groups } = configuration;
  invariant(number === latestNumber(table) + 1, 'configurations are numbered without a gap');
  const ownersAreMembers = shards.every((owner) =>
    groups.size === 0 ? owner === NOBODY : groups.has(owner),
  );
  invariant(ownersAreMembers, 'a shard belongs to a group of its configuration');
  table.put(rowKey(number), CONFIGURATION.encode(configuration));
  table.put(LATEST_KEY, LATEST_NUMBER.encode(number));
}

/** Deletes some of those below `oldest`; returns which is the oldest then. */
export function dropBefore(table: Table, oldest: number): number {
  const from = oldestNumber(table);
  const to = Math.min(oldest, from + DROPPED_MAX);
  if (to <= from) return from;
  for (let number = Math.max(from, 1); number < to; number += 1) table.delete(rowKey(number));
  table.put(OLDEST_KEY, LATEST_NUMBER.encode(to));
  return to;
}
