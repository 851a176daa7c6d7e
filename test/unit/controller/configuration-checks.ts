/** What the course's `check` and "minimal transfer" demand, as functions that name what is wrong. */
import {
  asGroupId,
  type Configuration,
  type GroupId,
  type Groups,
  NOBODY,
} from '../../../src/shard/index.ts';

export const LAB_SHARD_COUNT = 10;

export function groupIds(...ids: readonly number[]): readonly GroupId[] {
  return ids.map(asGroupId);
}

/** Groups with three replicas each, named after the group, put in in the order of `ids`. */
export function groupsOf(...ids: readonly number[]): Groups {
  return new Map(ids.map((id) => [asGroupId(id), { replicas: replicasOf(id) }]));
}

export function replicasOf(id: number): readonly string[] {
  return ['a', 'b', 'c'].map((letter) => `${id}-${letter}`);
}

/** Everything that is wrong with a configuration which should consist of `expected` and be even. */
export function faultsOf({ shards, groups }: Configuration, expected: readonly GroupId[]): readonly string[] {
  const faults: string[] = [];
  const members = [...groups.keys()].sort((left, right) => left - right);
  const wanted = expected.toSorted((left, right) => left - right);
  if (String(members) !== String(wanted)) faults.push(`groups ${members} instead of ${wanted}`);
  for (const id of members) {
    const replicas = groups.get(id)?.replicas;
    if (String(replicas) !== String(replicasOf(id))) faults.push(`group ${id} has replicas ${replicas}`);
  }
  shards.forEach((owner, shard) => {
    const isRight = members.length === 0 ? owner === NOBODY : groups.has(owner);
    if (!isRight) faults.push(`shard ${shard} belongs to ${owner}`);
  });
  if (spread(shards, members) > 1) faults.push(`shares are uneven: ${shards}`);
  return faults;
}

/** The largest share less the smallest. */
export function spread(shards: readonly GroupId[], members: readonly GroupId[]): number {
  if (members.length === 0) return 0;
  const shares = members.map((group) => shards.filter((owner) => owner === group).length);
  return Math.max(...shares) - Math.min(...shares);
}

export function movedCount(before: readonly GroupId[], after: readonly GroupId[]): number {
  return before.filter((owner, shard) => owner !== after[shard]).length;
}

/**
 * The fewest moves that make the shares even. Shards without a member, and those a group has above the larger share,
 * must go; those a group lacks below the smaller share must come; each move can do one of both.
 */
export function fewestMoves(shards: readonly GroupId[], members: readonly GroupId[]): number {
  const smaller = Math.floor(shards.length / members.length);
  const larger = Math.ceil(shards.length / members.length);
  let mustGo = shards.filter((owner) => !members.includes(owner)).length;
  let mustCome = 0;
  for (const group of members) {
    const share = shards.filter((owner) => owner === group).length;
    mustGo += Math.max(0, share - larger);
    mustCome += Math.max(0, smaller - share);
  }
  return Math.max(mustGo, mustCome);
}

/** The same by trying every even assignment there is. */
export function fewestMovesBySearch(shards: readonly GroupId[], members: readonly GroupId[]): number {
  let fewest = Number.POSITIVE_INFINITY;
  const assign = (assigned: readonly GroupId[]): void => {
    if (assigned.length < shards.length) {
      for (const group of members) assign([...assigned, group]);
    } else if (spread(assigned, members) <= 1) {
      fewest = Math.min(fewest, movedCount(shards, assigned));
    }
  };
  assign([]);
  return fewest;
}
