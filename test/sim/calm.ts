/** What must hold when nothing is wrong and nobody asks for anything. */

import type { Host } from './host.ts';
import type { World } from './world.ts';

/** In election time-outs. */
const SETTLING = 2;
const STEADY = 3;
const ELECTIONS_MAX = 20;
const CUT = 4;

export interface CalmCheck {
  readonly world: World;
  readonly hosts: readonly Host[];
  /** The healed ones. */
  readonly core: readonly Host[];
  readonly runFor: (durationMs: number) => void;
}

/**
 * The leader stays; it stays also when one of several followers does not hear it for a while, and hears it again
 * (etcd #8499, #9333); and nobody is left without an answer.
 */
export function checkCalm({ world, hosts, core, runFor }: CalmCheck): void {
  const { checker, network, plan } = world;
  const { electionTimeoutMs } = plan.raft;
  // Until then a message may arrive that was sent in rougher times, such as the last word of a transfer.
  const [, stragglerMs] = plan.network.stragglerMs;
  runFor(SETTLING * electionTimeoutMs + (plan.network.stragglers > 0 ? stragglerMs : 0));
  // Votes may be split a few times, without any fault.
  for (let round = 0; round < ELECTIONS_MAX && !core.some(({ isLeader }) => isLeader); round += 1) {
    runFor(electionTimeoutMs);
  }
  const before = leadership(core);
  runFor(STEADY * electionTimeoutMs);
  const leader = core.find(({ isLeader }) => isLeader);
  const deaf = core.find((host) => host !== leader);
  if (leader !== undefined && deaf !== undefined && 2 * (core.length - 1) > hosts.length) {
    network.cut([
      [leader.id, deaf.id],
      [deaf.id, leader.id],
    ]);
    runFor(CUT * electionTimeoutMs);
    network.cut([]);
    runFor(STEADY * electionTimeoutMs);
  }
  const after = leadership(core);
  if (before !== after) checker.fail('steady leadership', `${before} gave way to ${after}`);
  for (const { id, current } of core) {
    const { waitingReads, queuedCommands } = current?.status ?? { waitingReads: 0, queuedCommands: 0 };
    if (waitingReads + queuedCommands === 0) continue;
    checker.fail(
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
