/**
 * What a change makes of a configuration. Pure: same configuration and change, same answer, on every replica.
 *
 * controller.N1  The next configuration has the next number; a change that is refused, or changes nothing, makes none.
 * controller.N2  A shard belongs to a group of the configuration; to nobody exactly if there are no groups.
 * controller.N3  After a join or leave the shares are even (see rebalance.ts); only a move makes them uneven.
 * controller.N4  A group that was declared lost is in no later configuration.
 */

import { unreachable } from '../raft/index.ts';
import {
  type Configuration,
  type GroupId,
  type GroupInfo,
  type Groups,
  NOBODY,
  type ShardId,
} from '../shard/index.ts';
import type { ChangeRefusal, ChangeResult, ConfigurationChange } from './commands.ts';
import { rebalance } from './rebalance.ts';
import type { ControllerSettings } from './settings.ts';

type Configured = Extract<ChangeResult, { type: 'configured' }>;
type Changed = Configured | Extract<ChangeResult, { type: 'refused' }>;

export function changeConfiguration(
  current: Configuration,
  change: ConfigurationChange,
  settings: ControllerSettings,
): Changed {
  switch (change.type) {
    case 'form':
      return current.number === 0 ? form(current, change.groups, settings) : refused('already-formed');
    case 'join':
      return join(current, change.groups, settings);
    case 'leave':
      return leave(current, change.groups, settings);
    case 'move':
      return move(current, change.shard, change.group);
    case 'declare-lost':
      return declareLost(current, change.group, settings);
    default:
      return unreachable(change);
  }
}

/** A cluster without data begins with all its groups at once. */
function form(current: Configuration, groups: Groups, settings: ControllerSettings): Changed {
  const refusal = joinRefusal(current, groups, settings);
  return refusal === undefined ? regrouped(current, byRisingId(groups)) : refused(refusal);
}

function join(current: Configuration, joining: Groups, settings: ControllerSettings): Changed {
  const refusal = joinRefusal(current, joining, settings);
  if (refusal !== undefined) return refused(refusal);
  const waiting = byRisingId([...current.joining, ...joining]);
  // Who came first is not passed by who comes later: the others of an earlier join are still on their way.
  if (current.joining.size > 0) return next({ ...current, joining: waiting });
  return { type: 'configured', configuration: takeUpJoining({ ...current, joining: waiting }, settings) };
}

/** A few of those that were asked to join get their part of the shards: as many at a time as do no harm to the others. */
export function takeUpJoining(current: Configuration, { joiningMax }: ControllerSettings): Configuration {
  if (current.joining.size === 0) return current;
  const waiting = [...current.joining];
  const groups = byRisingId([...current.groups, ...waiting.slice(0, joiningMax)]);
  const joining = new Map(waiting.slice(joiningMax));
  return regrouped({ ...current, joining }, groups).configuration;
}

function joinRefusal(
  current: Configuration,
  joining: Groups,
  settings: ControllerSettings,
): ChangeRefusal | undefined {
  if (joining.size === 0) return 'no-groups';
  const groups = [...joining];
  if (groups.some(([id]) => current.groups.has(id) || current.joining.has(id))) return 'group-exists';
  if (groups.some(([id]) => current.lost.includes(id))) return 'group-lost';
  if (!groups.every(([id, { replicas }]) => id !== NOBODY && areAcceptable(replicas, settings))) {
    return 'group-invalid';
  }
  const groupsMax = settings.allowIdleGroups
    ? settings.groupsMax
    : Math.min(settings.groupsMax, current.shards.length);
  return current.groups.size + current.joining.size + joining.size > groupsMax
    ? 'too-many-groups'
    : undefined;
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
  if (leaving.some((id) => !current.groups.has(id) && !current.joining.has(id)))
    return refused('group-unknown');
  const staying = without(current.groups, leaving);
  if (staying.size === 0 && !allowEmpty) return refused('last-group');
  return regrouped({ ...current, joining: without(current.joining, leaving) }, staying);
}

function declareLost(current: Configuration, group: GroupId, settings: ControllerSettings): Changed {
  const { allowEmpty, lostMax } = settings;
  if (current.lost.includes(group)) return { type: 'configured', configuration: current };
  if (current.lost.length >= lostMax) return refused('too-many-lost');
  const staying = without(current.groups, [group]);
  const joining = without(current.joining, [group]);
  const lost = [...current.lost, group].sort((left, right) => left - right);
  const changed = { ...current, joining, lost };
  // Those who are to join wait until every group has settled, and the one that is lost never will.
  if (staying.size === 0 && joining.size > 0) {
    return { type: 'configured', configuration: takeUpJoining({ ...changed, groups: staying }, settings) };
  }
  // Without another group nobody could begin anew with its shards.
  if (staying.size === 0 && !allowEmpty) return refused('last-group');
  // A group that has left owns nothing: what is lost with it was still on its way to others.
  return current.groups.has(group) ? regrouped(changed, staying) : next(changed);
}

function without(groups: Groups, leaving: readonly GroupId[]): Groups {
  return new Map([...groups].filter(([id]) => !leaving.includes(id)));
}

function byRisingId(groups: Iterable<readonly [GroupId, GroupInfo]>): Groups {
  return new Map([...groups].sort(([left], [right]) => left - right));
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
  return next({ ...current, shards: current.shards.with(shard, group) });
}

function regrouped(current: Configuration, groups: Groups): Configured {
  return next({ ...current, shards: rebalance(current.shards, groups.keys()), groups });
}

function next(changed: Configuration): Configured {
  return { type: 'configured', configuration: { ...changed, number: changed.number + 1 } };
}

function refused(reason: ChangeRefusal): Changed {
  return { type: 'refused', reason };
}
