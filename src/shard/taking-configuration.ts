/** What a new configuration makes of the shards of a group that takes it. */

import {
  asShardId,
  type Configuration,
  type GroupId,
  groupOf,
  NOBODY,
  type ShardId,
} from './configuration.ts';
import type { ShardState } from './shard-state.ts';

/** The states of those shards that are this group's business. */
export type ShardStates = ReadonlyMap<ShardId, ShardState>;

/**
 * shard.H5 (sharded-store.ts): no shard that comes here is still on its way from here, and none that goes is still on its
 * way to here. What merely stays on its way, in either direction, does not hold up the configuration.
 */
export function canTake(next: Configuration, group: GroupId, states: ShardStates): boolean {
  for (const [shard, { type }] of states) {
    const isOwnNext = groupOf(next, shard) === group;
    if (isOwnNext ? type === 'leaving' || type === 'deleting' : type === 'arriving') return false;
  }
  return true;
}

/** The new states of the shards that come or go; all others stay as they are. */
export function movedBy(
  current: Configuration,
  next: Configuration,
  group: GroupId,
): ReadonlyMap<ShardId, ShardState> {
  const moved = new Map<ShardId, ShardState>();
  for (const shard of shardsOf(next)) {
    const from = groupOf(current, shard);
    const to = groupOf(next, shard);
    if (from !== to && to === group) moved.set(shard, arrival(current, next, from));
    if (from !== to && from === group) moved.set(shard, departure(next, to));
  }
  return moved;
}

function arrival(current: Configuration, next: Configuration, from: GroupId): ShardState {
  if (from === NOBODY) return { type: 'serving' };
  const replicas = current.groups.get(from)?.replicas ?? [];
  return {
    type: 'arriving',
    configuration: next.number,
    from: { group: from, replicas },
    cursor: '',
    copied: false,
    changes: 0,
  };
}

function departure(next: Configuration, to: GroupId): ShardState {
  // Nobody will come for it: the last group has left, and the data with it.
  if (to === NOBODY) return { type: 'deleting' };
  return { type: 'leaving', configuration: next.number, to, frozen: false, changes: 0 };
}

function shardsOf({ shards }: Configuration): readonly ShardId[] {
  return shards.map((_, shard) => asShardId(shard));
}
