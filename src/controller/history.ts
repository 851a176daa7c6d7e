/**
 * All configurations there have been, a row for each, so that a group which was away can take every step it missed.
 *
 * controller.H1  The numbers have no gap: 0 … latest. Configuration 0 follows from the settings and has no row.
 * controller.H2  A row, once written, is never written again.
 */
import { Codec, natural } from '../codec/index.ts';
import { invariant } from '../raft/index.ts';
import { CONFIGURATION, type Configuration, initialConfiguration, NOBODY } from '../shard/index.ts';
import type { Table, TableReader } from '../storage/index.ts';

export const LATEST_NUMBER: Codec<number> = new Codec('the number of the latest configuration', natural, 2);

/** The row with the number of the latest configuration: rows can be scanned upwards only. */
const LATEST_KEY = 'latest-configuration';

/** Padded, so that the order of the rows is the order of the numbers. */
const rowKey = (number: number): string => `configuration/${number.toString().padStart(10, '0')}`;

export function latestNumber(table: TableReader): number {
  const row = table.get(LATEST_KEY);
  return row === undefined ? 0 : LATEST_NUMBER.decode(row);
}

/** Whether this code can read a row of the history. */
export function readsHistoryRow(key: string, value: Uint8Array, shardCount: number): boolean {
  if (key === LATEST_KEY) return LATEST_NUMBER.tryDecode(value) !== undefined;
  const configuration = CONFIGURATION.tryDecode(value);
  return configuration?.shards.length === shardCount && key === rowKey(configuration.number);
}

/** `number` must not be above the latest. */
export function configurationAt(table: TableReader, number: number, shardCount: number): Configuration {
  if (number === 0) return initialConfiguration(shardCount);
  const row = table.get(rowKey(number));
  invariant(row !== undefined, `configuration ${number} is missing`);
  const configuration = CONFIGURATION.decode(row);
  invariant(configuration.number === number, `configuration ${number} stands in another's row`);
  invariant(
    configuration.shards.length === shardCount,
    'the number of shards was set when the cluster was made',
  );
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
