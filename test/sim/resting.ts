/** Where a fleet must come when the faults are over: every shard is where the last configuration wants it, and only there. */

import { asShardId, type Configuration, type GroupId, groupOf } from '../../src/shard/index.ts';
import type { Cores } from './cluster.ts';
import type { Fleet } from './fleet.ts';
import type { Host } from './host.ts';
import type { Instance } from './instance.ts';

/** What still moves, if anything does. */
export function whatMoves(
  fleet: Fleet,
  cores: Cores,
  configuration: Configuration | undefined,
): string | undefined {
  if (configuration === undefined) return 'the controller has no leader';
  if (configuration.joining.size > 0) return 'groups wait to join';
  for (const [group, store] of fleet.stores) {
    const core = cores.get(store);
    // It is gone.
    if (core === undefined) continue;
    const work = leaderOf(core)?.work;
    if (work === undefined) return `group ${group} has no leader`;
    if (configuration.lost.includes(group)) {
      if (work.lostWith === undefined) return `group ${group} does not know that it is lost`;
      continue;
    }
    if (work.configuration !== configuration.number) {
      return `group ${group} has configuration ${work.configuration} of ${configuration.number}`;
    }
    const unsettled = work.shards.find(([, { type }]) => type !== 'serving');
    if (unsettled !== undefined) return `shard ${unsettled[0]} is ${unsettled[1].type} at group ${group}`;
    if (work.confirmations.length > 0) return `group ${group} has to confirm an arrival`;
  }
  return undefined;
}

/** What is not where it should be, when nothing moves any more. */
export function whatIsAstray(fleet: Fleet, cores: Cores, configuration: Configuration): string | undefined {
  for (const [group, store] of fleet.stores) {
    const leader = configuration.lost.includes(group) ? undefined : leaderOf(cores.get(store) ?? []);
    const problem = leader && whatIsAstrayAt(leader, group, configuration);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function whatIsAstrayAt(
  { table, work }: Instance,
  group: GroupId,
  configuration: Configuration,
): string | undefined {
  const served = new Set(work?.shards.map(([shard]) => shard));
  for (const shard of configuration.shards.keys()) {
    const isOwner = groupOf(configuration, asShardId(shard)) === group;
    if (served.has(asShardId(shard)) !== isOwner) {
      return `group ${group} ${isOwner ? 'does not serve' : 'serves'} shard ${shard}`;
    }
  }
  for (const { key } of table.scan(EVERYTHING, NO_LIMIT)) {
    if (key.startsWith('group/change/')) return `group ${group} has kept row ${key}`;
    if (key.startsWith('group/')) continue;
    const shard = asShardId(Number.parseInt(key.slice(0, 4), 16));
    if (!served.has(shard)) return `group ${group} has kept row ${key}`;
  }
  return undefined;
}

function leaderOf(hosts: readonly Host[]): Instance | undefined {
  return hosts.find(({ isLeader }) => isLeader)?.current;
}

const EVERYTHING = { from: '', to: undefined };
const NO_LIMIT = { rowsMax: Number.MAX_SAFE_INTEGER, bytesMax: Number.MAX_SAFE_INTEGER };
