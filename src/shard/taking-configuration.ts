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
 * way to here. What merely stays on its way, in either direction, does not hold up the configuration. A shard that never
 * got to where it was to go, since that is lost, may come back when nothing is left of its record.
 */
export function canTake(next: Configuration, group: GroupId, states: ShardStates): boolean {
  return shardsInTheWay(next, group, states).length === 0;
}

/** The shards that the configuration has to wait for. */
export function shardsInTheWay(next: Configuration, group: GroupId, states: ShardStates): readonly ShardId[] {
  return [...states].flatMap(([shard, state]) => {
    const isOwnNext = groupOf(next, shard) === group;
    const waits = isOwnNext ? isOnItsWayOut(state) : state.type === 'arriving';
    return waits ? [shard] : [];
  });
}

function isOnItsWayOut(state: ShardState): boolean {
  if (state.type === 'leaving') return !state.returning || state.record !== 'none';
  return state.type === 'deleting';
}

/**
 * A group that has nothing, and is given nothing, may pass over configurations that are kept no longer: it was no
 * member in those, since what a member has not finished with is kept.
 */
export function canSkipTo(
  current: Configuration,
  next: Configuration,
  group: GroupId,
  states: ShardStates,
): boolean {
  return states.size === 0 && !current.shards.includes(group) && !next.shards.includes(group);
}

/** The new states of the shards that come or go; all others stay as they are. */
export function movedBy(
  current: Configuration,
  next: Configuration,
  group: GroupId,
  states: ShardStates,
  timeMs: number,
): ReadonlyMap<ShardId, ShardState> {
  const moved = new Map<ShardId, ShardState>();
  for (const shard of shardsOf(next)) {
    const from = groupOf(current, shard);
    const to = groupOf(next, shard);
    if (from !== to && to === group) {
      const isHere = states.get(shard)?.type === 'leaving';
      moved.set(shard, isHere ? { type: 'serving' } : arrival(current, next, from, timeMs));
    }
    if (from !== to && from === group) moved.set(shard, departure(next, to, timeMs));
  }
  return moved;
}

function arrival(current: Configuration, next: Configuration, from: GroupId, sinceMs: number): ShardState {
  if (from === NOBODY) return { type: 'serving' };
  const replicas = current.groups.get(from)?.replicas ?? [];
  return {
    type: 'arriving',
    configuration: next.number,
    sinceMs,
    from: { group: from, replicas },
    move: next.number,
    since: 0,
    clearing: false,
    cursor: '',
    copied: false,
    changes: 0,
  };
}

function departure(next: Configuration, to: GroupId, sinceMs: number): ShardState {
  // Nobody will come for it: the last group has left, and the data with it.
  if (to === NOBODY) return { type: 'deleting' };
  return {
    type: 'leaving',
    configuration: next.number,
    sinceMs,
    to,
    due: next.number,
    frozen: false,
    returning: false,
    record: 'kept',
    since: 0,
    changes: 0,
    recordBytes: 0,
  };
}

function shardsOf({ shards }: Configuration): readonly ShardId[] {
  return shards.map((_, shard) => asShardId(shard));
}
