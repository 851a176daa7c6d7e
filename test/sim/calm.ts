/** What must hold when nothing is wrong and nobody asks for anything. */

import type { Group } from './group.ts';
import type { Host } from './host.ts';
import type { World } from './world.ts';

/** In election time-outs. */
const SETTLING = 2;
const STEADY = 3;
const ELECTIONS_MAX = 20;
const CUT = 4;

export interface CalmCheck {
  readonly world: World;
  /** The healed hosts of each group. */
  readonly cores: ReadonlyMap<Group, readonly Host[]>;
  readonly runFor: (durationMs: number) => void;
}

/**
 * The leader of each group stays; it stays also when one of several followers does not hear it for a while, and hears
 * it again (etcd #8499, #9333); and nobody is left without an answer.
 */
export function checkCalm({ world, cores, runFor }: CalmCheck): void {
  const { plan, verdict } = world;
  const { electionTimeoutMs } = plan.raft;
  // Until then a message may arrive that was sent in rougher times, such as the last word of a transfer.
  const [, stragglerMs] = plan.network.stragglerMs;
  runFor(SETTLING * electionTimeoutMs + (plan.network.stragglers > 0 ? stragglerMs : 0));
  // Votes may be split a few times, without any fault.
  const isLed = (core: readonly Host[]): boolean => core.some(({ isLeader }) => isLeader);
  for (let round = 0; round < ELECTIONS_MAX && ![...cores.values()].every(isLed); round += 1) {
    runFor(electionTimeoutMs);
  }
  const before = new Map([...cores].map(([group, core]) => [group, leadership(core)]));
  runFor(STEADY * electionTimeoutMs);
  for (const [group, core] of cores) deafen(group, core);
  runFor(CUT * electionTimeoutMs);
  for (const { network } of cores.keys()) network.cut([]);
  runFor(STEADY * electionTimeoutMs);
  for (const [group, core] of cores) {
    const after = leadership(core);
    if (before.get(group) !== after)
      verdict.fail('steady leadership', `${before.get(group)} gave way to ${after}`);
    if (!group.kind.isPolled) checkAnswered(group, core);
  }
}

/** One follower of several does not hear the leader for a while. */
function deafen({ hosts, network }: Group, core: readonly Host[]): void {
  const leader = core.find(({ isLeader }) => isLeader);
  const deaf = core.find((host) => host !== leader);
  if (leader === undefined || deaf === undefined || 2 * (core.length - 1) <= hosts.length) return;
  network.cut([
    [leader.id, deaf.id],
    [deaf.id, leader.id],
  ]);
}

function checkAnswered({ verdict }: Group, core: readonly Host[]): void {
  for (const { id, current } of core) {
    const { waitingReads, queuedCommands } = current?.status ?? { waitingReads: 0, queuedCommands: 0 };
    if (waitingReads + queuedCommands === 0) continue;
    verdict.fail(
      'everybody is answered',
      `${waitingReads} reads and ${queuedCommands} commands wait at replica ${id}`,
    );
  }
}

function leadership(core: readonly Host[]): string {
  const leaders = core.filter(({ isLeader }) => isLeader);
  const names = leaders.map(({ id, current }) => `leader ${id} of term ${current?.status.term}`);
  return names.join(', ') || 'nobody';
}
