/** What must hold when every replica has just started, and nobody asks for anything: groups get a leader by themselves. */

import type { Cores } from './cluster.ts';
import type { Host } from './host.ts';
import type { World } from './world.ts';

/** In election time-outs: votes may be split a few times, and a log has to be read. */
const LED_WITHIN = 40;

export interface UnattendedCheck {
  readonly world: World;
  readonly cores: Cores;
  /** Runs until the condition holds or the time is over; returns whether it holds. */
  readonly runUntil: (isOver: () => boolean, limitMs: number) => boolean;
}

export function checkUnattended({ world, cores, runUntil }: UnattendedCheck): void {
  const { plan, verdict } = world;
  for (const core of cores.values()) for (const host of core) host.goDown();
  for (const core of cores.values()) for (const host of core) host.start();
  const isLed = (core: readonly Host[]): boolean => core.some(({ isLeader }) => isLeader);
  const limitMs = LED_WITHIN * plan.raft.electionTimeoutMs;
  if (runUntil(() => [...cores.values()].every(isLed), limitMs)) return;
  verdict.fail(
    'liveness',
    `all replicas started ${limitMs} ms ago, nobody has asked, and a group has no leader`,
  );
}
