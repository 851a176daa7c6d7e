/**
 * The shard map: which group of replicas owns each shard. Configurations are numbered from 0 without a gap; once made,
 * one never changes. The controller makes them, store groups take them one at a time, routers keep one as a hint.
 *
 * 1. A shard belongs to a group of the same configuration; to nobody exactly if there are no groups.
 * 2. Equal configurations have equal bytes, in whatever order their groups were put in.
 */
import { type DecodeOptions, decode, encode } from 'cborg';
import { FormatError } from '../storage/index.ts';

declare const brand: unique symbol;
type Branded<Name extends string> = number & { readonly [brand]: Name };

/** A part of the key space, from 0. */
export type ShardId = Branded<'ShardId'>;
/**
 * Names a group of replicas, from 1, for good: a group that has left may join again, with what it still holds, but no
 * other replicas may take its name. They would read in the history that they own shards which are not theirs.
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
}

/** Configuration 0, which every cluster begins with. */
export function initialConfiguration(shardCount: number): Configuration {
  return { number: 0, shards: new Array<GroupId>(shardCount).fill(NOBODY), groups: new Map() };
}

export function groupOf(configuration: Configuration, shard: ShardId): GroupId {
  return configuration.shards[shard] ?? NOBODY;
}

/** The groups by rising id: the only order in which anything may depend on them. */
export function groupIdsOf(groups: Groups): readonly GroupId[] {
  return [...groups.keys()].sort((left, right) => left - right);
}

const FORMAT_VERSION = 1;

export function encodeConfiguration(configuration: Configuration): Uint8Array {
  const { number, shards, groups } = configuration;
  return encode([FORMAT_VERSION, number, shards, groupsToPlain(groups)]);
}

/** Throws `FormatError` on anything that `encodeConfiguration` of this version does not write. */
export function decodeConfiguration(bytes: Uint8Array): Configuration {
  const [version, number, shards, groups, ...rest] = listIn(decodeStrictly(bytes));
  if (version !== FORMAT_VERSION) throw new FormatError(`configuration of unknown version ${version}`);
  if (rest.length > 0) throw new FormatError('configuration with unknown fields');
  return {
    number: naturalIn(number),
    shards: listIn(shards).map((owner) => asGroupId(naturalIn(owner))),
    groups: groupsFromPlain(groups),
  };
}

/** For formats that hold groups: pairs by rising id, so that equal maps have equal bytes (2). */
export function groupsToPlain(groups: Groups): readonly (readonly [GroupId, readonly string[]])[] {
  return groupIdsOf(groups).map((id) => [id, groups.get(id)?.replicas ?? []]);
}

export function groupsFromPlain(plain: unknown): Groups {
  const groups = new Map<GroupId, GroupInfo>();
  let last = -1;
  for (const pair of listIn(plain)) {
    const [id, replicas, ...rest] = listIn(pair);
    const group = asGroupId(naturalIn(id));
    if (group <= last || rest.length > 0) throw new FormatError('groups are not pairs by rising id');
    groups.set(group, { replicas: listIn(replicas).map(textIn) });
    last = group;
  }
  return groups;
}

/** The readers below hold decoded bytes to the shape that was written: stored state is refused, never guessed at. */
export function decodeStrictly(bytes: Uint8Array): unknown {
  try {
    return decode(bytes, STRICT);
  } catch {
    throw new FormatError('malformed CBOR');
  }
}

export function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : refuse('a list', value);
}

export function textIn(value: unknown): string {
  return typeof value === 'string' ? value : refuse('a text', value);
}

export function naturalIn(value: unknown): number {
  const isNatural = typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
  return isNatural ? value : refuse('a natural number', value);
}

function refuse(expected: string, found: unknown): never {
  throw new FormatError(`${expected} expected, ${typeof found} found`);
}

const STRICT: DecodeOptions = { strict: true, allowIndefinite: false, allowUndefined: false };
