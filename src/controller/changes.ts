/**
 * What a change makes of a configuration. Pure: same configuration and change, same answer, on every replica.
 *
 * controller.N1  The next configuration has the next number; a change that is refused, or changes nothing, makes none.
 * controller.N2  A shard belongs to a group of the configuration; to nobody exactly if there are no groups.
 * controller.N3  After a join or leave the shares are even (see rebalance.ts); only a move makes them uneven.
 */

import { unreachable } from '../raft/index.ts';
import { type Configuration, type GroupId, type Groups, NOBODY, type ShardId } from '../shard/index.ts';
import type { ChangeRefusal, ChangeResult, ConfigurationChange } from './commands.ts';
import { rebalance } from './rebalance.ts';
import type { ControllerSettings } from './settings.ts';

type Changed = Extract<ChangeResult, { type: 'configured' | 'refused' }>;

export function changeConfiguration(
  current: Configuration,
  change: ConfigurationChange,
  settings: ControllerSettings,
): Changed {
  switch (change.type) {
    case 'form':
      return current.number === 0 ? join(current, change.groups, settings) : refused('already-formed');
    case 'join':
      return join(current, change.groups, settings);
    case 'leave':
      return leave(current, change.groups, settings);
    case 'move':
      return move(current, change.shard, change.group);
    default:
      return unreachable(change);
  }
}

function join(current: Configuration, joining: Groups, settings: ControllerSettings): Changed {
  if (joining.size === 0) return refused('no-groups');
  const groups = [...joining];
  if (groups.some(([id]) => current.groups.has(id))) return refused('group-exists');
  if (!groups.every(([id, { replicas }]) => id !== NOBODY && areAcceptable(replicas, settings))) {
    return refused('group-invalid');
  }
  if (current.groups.size + joining.size > settings.groupsMax) return refused('too-many-groups');
  return regrouped(current, new Map([...current.groups, ...groups].sort(([left], [right]) => left - right)));
}

function areAcceptable(replicas: readonly string[], settings: ControllerSettings): boolean {
  if (replicas.length === 0 || replicas.length > settings.replicasPerGroupMax) return false;
  return replicas.every((name) => name.length <= settings.replicaNameCharactersMax);
}

function leave(
  current: Configuration,
  leaving: readonly GroupId[],
  { allowEmpty }: ControllerSettings,
): Changed {
  if (leaving.length === 0) return refused('no-groups');
  if (leaving.some((id) => !current.groups.has(id))) return refused('group-unknown');
  const staying = new Map([...current.groups].filter(([id]) => !leaving.includes(id)));
  if (staying.size === 0 && !allowEmpty) return refused('last-group');
  return regrouped(current, staying);
}

/**
 * Moving a shard to its owner succeeds without a new configuration: each configuration costs every store group an entry
 * in its log, and the course asks for a new number only after a real change.
 */
function move(current: Configuration, shard: ShardId, group: GroupId): Changed {
  const owner = current.shards[shard];
  if (owner === undefined) return refused('shard-unknown');
  if (!current.groups.has(group)) return refused('group-unknown');
  if (owner === group) return { type: 'configured', configuration: current };
  return next(current, current.shards.with(shard, group), current.groups);
}

function regrouped(current: Configuration, groups: Groups): Changed {
  return next(current, rebalance(current.shards, groups.keys()), groups);
}

function next(current: Configuration, shards: readonly GroupId[], groups: Groups): Changed {
  return { type: 'configured', configuration: { number: current.number + 1, shards, groups } };
}

function refused(reason: ChangeRefusal): Changed {
  return { type: 'refused', reason };
}
