/**
 * The shard map: which group of replicas owns each shard. Configurations are numbered from 0 without a gap; once made,
 * one never changes. The controller makes them, store groups take them one at a time, routers keep one as a hint.
 *
 * shard.C1  A shard belongs to a group of the same configuration; to nobody exactly if there are no groups.
 * shard.C2  Equal configurations have equal bytes, in whatever order their groups were put in.
 */
import {
  Codec,
  FormatError,
  list,
  mapped,
  natural,
  naturalUpTo,
  type Shape,
  text,
  tuple,
} from '../codec/index.ts';
import { SHARDS_MAX } from '../kv/index.ts';

declare const brand: unique symbol;
type Branded<Name extends string> = number & { readonly [brand]: Name };

/** A part of the key space, from 0. */
export type ShardId = Branded<'ShardId'>;
/**
 * Names a group of replicas, from 1, for good: a group that has left may join again, with what it still holds, but no
 * other replicas may take its name. They would read in the history that they own shards which are not theirs. The name
 * of a group that was declared lost is never used again.
 */
export type GroupId = Branded<'GroupId'>;

export const asShardId = (value: number): ShardId => value as ShardId;
export const asGroupId = (value: number): GroupId => value as GroupId;

/** The owner of a shard that has none. */
export const NOBODY = asGroupId(0);

export interface GroupInfo {
  /** Where to find the members of the group. Opaque here: whoever talks to them knows what the names mean. */
  readonly replicas: readonly string[];
}

export type Groups = ReadonlyMap<GroupId, GroupInfo>;

export interface Configuration {
  readonly number: number;
  /** The owner of each shard: the index is the shard. */
  readonly shards: readonly GroupId[];
  readonly groups: Groups;
  /** Groups that were asked to join, and get shards when those before them have theirs. */
  readonly joining: Groups;
  /** By rising id: groups of which an operator has said that they, and what they hold, are gone for good. */
  readonly lost: readonly GroupId[];
}

/** What is wrong when the settings name another number of shards than the cluster was made with. */
export function shardCountText(made: number, set: number): string {
  return `This cluster was made with ${made} shards; SHARDS is ${set}. A cluster keeps its number of shards: set it back to ${made}.`;
}

/** The settings of a deployment are not those that its cluster was made with. */
export class ShardCountError extends Error {
  override readonly name = 'ShardCountError';
  readonly made: number;
  readonly set: number;

  constructor(made: number, set: number) {
    super(shardCountText(made, set));
    this.made = made;
    this.set = set;
  }
}

/** Configuration 0, which every cluster begins with. */
export function initialConfiguration(shardCount: number): Configuration {
  const shards = new Array<GroupId>(shardCount).fill(NOBODY);
  return { number: 0, shards, groups: new Map(), joining: new Map(), lost: [] };
}

export function groupOf(configuration: Configuration, shard: ShardId): GroupId {
  return configuration.shards[shard] ?? NOBODY;
}

/** The groups by rising id: the only order in which anything may depend on them. */
export function groupIdsOf(groups: Groups): readonly GroupId[] {
  return [...groups.keys()].sort((left, right) => left - right);
}

/** Of fields and lists that name a shard. */
export const shardId: Shape<ShardId> = naturalUpTo<ShardId>(SHARDS_MAX - 1);
/** Also of the owner of a shard that has none. */
export const groupId: Shape<GroupId> = naturalUpTo<GroupId>(Number.MAX_SAFE_INTEGER);

/** Pairs by rising id, so that equal maps have equal bytes (shard.C2). */
export const groupMap: Shape<Groups> = mapped(
  list(tuple({ id: groupId, replicas: list(text) })),
  (groups: Groups) => groupIdsOf(groups).map((id) => ({ id, replicas: groups.get(id)?.replicas ?? [] })),
  (pairs) => {
    const isRising = pairs.every(({ id }, at) => id > (pairs[at - 1]?.id ?? -1));
    if (!isRising) throw new FormatError('groups are not pairs by rising id');
    return new Map(pairs.map(({ id, replicas }) => [id, { replicas }]));
  },
);

export const configuration: Shape<Configuration> = tuple({
  number: natural,
  shards: list(groupId, SHARDS_MAX),
  groups: groupMap,
  joining: groupMap,
  lost: list(groupId),
});

export const CONFIGURATION = new Codec('a configuration', configuration, 3);
