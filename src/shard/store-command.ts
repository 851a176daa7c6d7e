/**
 * What the log of a store group holds: clients' commands, in kv's own encoding, and what moves shards. The number of the
 * format tells them apart: those of kv are below `SHARD_FORMATS`.
 */

import { Codec, type Described, FormatError, natural, union } from '../codec/index.ts';
import { type CommandResult, SESSION_COMMAND, type SessionCommand } from '../kv/index.ts';
import { configuration, shardId } from './configuration.ts';
import { shardPart } from './shard-copy.ts';
import type { WrongGroup } from './store-wire.ts';

const shardCommand = union({
  /** Take the configuration that follows the present one. */
  configure: { configuration },
  /** Stop serving a shard that leaves: the new owner has all but the last changes. */
  freeze: { shard: shardId, configuration: natural },
  /** A part of a shard that arrives. */
  install: { shard: shardId, configuration: natural, part: shardPart },
  /** The new owner has the shard: what is left here may go. */
  release: { shard: shardId, configuration: natural },
  /** Remove some of what is left of a released shard. */
  sweep: { shard: shardId },
  /** The old owner knows that it may delete. */
  confirmed: { shard: shardId, configuration: natural },
});
export type ShardCommand = Described<typeof shardCommand>;

const SHARD_FORMATS = 0x80;

export const SHARD_COMMAND: Codec<ShardCommand> = new Codec(
  'a command about a shard',
  shardCommand,
  SHARD_FORMATS + 4,
);

export type StoreCommand = { readonly type: 'client'; readonly command: SessionCommand } | ShardCommand;

/** Throws `FormatError`. */
export function decodeStoreCommand(bytes: Uint8Array): StoreCommand {
  const isOfShard = (bytes[0] ?? 0) >= SHARD_FORMATS;
  return isOfShard ? SHARD_COMMAND.decode(bytes) : { type: 'client', command: SESSION_COMMAND.decode(bytes) };
}

/** Undefined for what this code cannot read. */
export function tryDecodeStoreCommand(bytes: Uint8Array): StoreCommand | undefined {
  try {
    return decodeStoreCommand(bytes);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

/**
 * All formats of commands of stores, in the order in which they came: each has the level that `LEVELS` gives it. New ones
 * are added at the end, and none is taken out: a replica announces how far it reads, and a number means one format for
 * ever. Those of level 0 are older than the announcement.
 */
const LEVELS: ReadonlyMap<number, number> = new Map([
  [1, 0],
  [SHARD_FORMATS + 4, 0],
]);

/** The highest level that this code reads (replica/state-machine.ts). */
export const STORE_LEVEL: number = Math.max(...LEVELS.values());

/** By the number of its format; undefined for one that this code does not know. */
export function storeLevelOf(command: Uint8Array): number | undefined {
  return LEVELS.get(command[0] ?? 0);
}

/** What a command came to in the log. */
export type StoreResult =
  | CommandResult
  /** The command was obeyed, or had been before. */
  | { readonly type: 'done' }
  /** The state is not one in which the command makes sense; nothing was changed. */
  | { readonly type: 'not-now' }
  | WrongGroup;
