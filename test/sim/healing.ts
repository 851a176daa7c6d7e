/** The turn from faults to a healed majority, and back. */

import type { Group } from './group.ts';
import type { Host } from './host.ts';
import type { Random } from './random.ts';

/**
 * Mends a majority, and breaks the rest until `mendAll`. Any majority must do; the most telling one is a bare majority
 * that lacks the leader.
 */
export function healMajority(group: Group): readonly Host[] {
  const { hosts, network, random } = group;
  network.mend();
  network.calm = true;
  const majority = Math.floor(hosts.length / 2) + 1;
  const size = random.chance(1, 2) ? majority : random.between(majority, hosts.length);
  const shuffled = shuffle(random, hosts);
  const order = random.chance(1, 2)
    ? shuffled.toSorted((a, b) => Number(a.isLeader) - Number(b.isLeader))
    : shuffled;
  const core = order.slice(0, size);
  const isPowerCut = random.chance(1, 4);
  for (const host of core) {
    if (isPowerCut) host.goDown();
    mend(host);
  }
  for (const host of order.slice(size)) breakLastingly(group, host);
  return core;
}

export function mendAll({ hosts, network }: Group): void {
  network.mend();
  network.calm = false;
  for (const host of hosts) mend(host);
}

/** What no majority can do without all: a group is formed by all its members, and some must be there to be taken back. */
export function mendInCalm(group: Group): void {
  mendAll(group);
  group.network.calm = true;
}

export function whatIsMissing({ kind, hosts, recovery }: Group): string | undefined {
  const missing = hosts.filter((host) => host.standing !== 'member' || recovery.isMissing(host));
  if (missing.length === 0) return undefined;
  const each = missing.map(
    (host) => `${host.id} is ${host.standing}${recovery.isMissing(host) ? ', and is asked for' : ''}`,
  );
  return `${kind.name}: ${each.join('; ')}`;
}

function mend(host: Host): void {
  host.endZombie();
  host.version = 'this';
  host.isDiskSlow = false;
  host.diskRoom = 'ample';
  host.clock.catchUp();
  host.current?.resume();
  host.start();
}

function breakLastingly({ hosts, network, random, trace }: Group, host: Host): void {
  const way = random.pick(['down', 'both', 'in', 'out'] as const);
  trace.note('broken', { replica: host.id, way });
  host.endZombie();
  if (way === 'down') host.goDown();
  for (const peer of hosts) {
    if (way === 'in' || way === 'both') network.cutLastingly(peer.id, host.id);
    if (way === 'out' || way === 'both') network.cutLastingly(host.id, peer.id);
  }
}

function shuffle<Item>(random: Random, items: readonly Item[]): readonly Item[] {
  const rest = [...items];
  return items.flatMap(() => rest.splice(random.below(rest.length), 1));
}
