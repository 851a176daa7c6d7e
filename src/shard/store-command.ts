/**
 * What the log of a store group holds: clients' commands, in kv's own encoding, and what moves shards. The number of the
 * format tells them apart: those of kv are below `SHARD_FORMATS`.
 */

import { Codec, type Described, FormatError, natural, union } from '../codec/index.ts';
import { type CommandResult, SESSION_COMMAND, type SessionCommand } from '../kv/index.ts';
import { configuration, groupId, shardId } from './configuration.ts';
import { shardPart } from './shard-copy.ts';
import { neighbour } from './shard-state.ts';
import type { WrongGroup } from './store-wire.ts';

const shardCommand = union({
  /** Take the configuration that follows the present one. */
  configure: { configuration },
  /** Take the oldest configuration that is kept: those between the present one and it are kept no longer. */
  skip: { configuration },
  /** Stop serving a shard that leaves: the new owner has all but the last changes on the record `since`. */
  freeze: { shard: shardId, configuration: natural, since: natural },
  /** Keep a record of what changes from now on in a shard that leaves: somebody begins to copy it. */
  record: { shard: shardId, configuration: natural, since: natural },
  /** Give a shard that leaves to another group, which gets it with configuration `due`: the one it was meant for is lost. */
  redirect: { shard: shardId, configuration: natural, to: groupId, due: natural },
  /** Keep a shard that was to leave: all groups between this one and this one again are lost. */
  retain: { shard: shardId, configuration: natural },
  /** A part of a shard that arrives. */
  install: { shard: shardId, configuration: natural, part: shardPart },
  /** Begin anew to copy a shard that arrives: from another group, by another record, or, from nobody, with nothing. */
  restart: { shard: shardId, configuration: natural, from: neighbour, move: natural, since: natural },
  /** The new owner has the shard: what is left here may go. */
  release: { shard: shardId, configuration: natural },
  /** Remove some of what is left of a released shard, of an earlier copy, or of a record. */
  sweep: { shard: shardId },
  /** The old owner knows that it may delete. */
  confirmed: { shard: shardId, configuration: natural },
  /** This group was declared lost with that configuration: it serves nothing any more, and takes part in nothing. */
  lost: { configuration: natural },
});
export type ShardCommand = Described<typeof shardCommand>;

const SHARD_FORMATS = 0x80;

export const SHARD_COMMAND: Codec<ShardCommand> = new Codec(
  'a command about a shard',
  shardCommand,
  SHARD_FORMATS + 5,
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
  [SHARD_FORMATS + 5, 0],
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
