/**
 * Shares the shards out among the groups.
 *
 * controller.R1  Even: no group has more than one shard more than another.
 * controller.R2  Minimal: no even assignment leaves more shards where they are. A shard that moves is data that moves.
 * controller.R3  Deterministic: the answer depends on who owns what now and on which groups there are, not on their order.
 */

import { invariant } from '../raft/index.ts';
import { type GroupId, NOBODY } from '../shard/index.ts';

/** The owner of each shard after `groups` (and nobody else) have shared out the shards that `shards` shows now. */
export function rebalance(shards: readonly GroupId[], groups: Iterable<GroupId>): readonly GroupId[] {
  const members = [...new Set(groups)].sort((left, right) => left - right);
  if (members.length === 0) return shards.map(() => NOBODY);

  const room = quotas(shards, members);
  const kept = shards.map((owner) => {
    const left = room.get(owner) ?? 0;
    if (left === 0) return undefined;
    room.set(owner, left - 1);
    return owner;
  });
  const vacancies = members.flatMap((group) => new Array<GroupId>(room.get(group) ?? 0).fill(group)).values();
  return kept.map((owner) => {
    if (owner !== undefined) return owner;
    const { value: next } = vacancies.next();
    invariant(next !== undefined, 'quotas add up to the number of shards');
    return next;
  });
}

/**
 * How many shards each group gets. The shares that are one larger, where shards do not divide evenly, go to those who
 * own most now: a group keeps min(owned, quota), so one more is worth a shard kept only to a group that has it (controller.R2).
 */
function quotas(shards: readonly GroupId[], members: readonly GroupId[]): Map<GroupId, number> {
  const owned = new Map(members.map((group) => [group, 0]));
  for (const owner of shards) {
    const count = owned.get(owner);
    if (count !== undefined) owned.set(owner, count + 1);
  }
  const share = Math.floor(shards.length / members.length);
  const larger = shards.length % members.length;
  const byOwned = [...owned].sort(([leftId, left], [rightId, right]) => right - left || leftId - rightId);
  return new Map(byOwned.map(([group], rank) => [group, rank < larger ? share + 1 : share]));
}
