import { Random } from '../sim/random.ts';
import { Scheduler } from '../sim/scheduler.ts';
import { Network } from './network.ts';
import type { RealTime } from './real-time.ts';
import type { Timeline } from './timeline.ts';

/** What all servers and clients of one test share. */
export interface LabWorld {
  readonly scheduler: Timeline;
  readonly network: Network;
  readonly random: Random;
  /** When the world began, in milliseconds since 1970. */
  readonly originMs: number;
}

export interface SimulatedWorld extends LabWorld {
  readonly scheduler: Scheduler;
}

/** Where a calendar begins does not matter, but times must not be negative. */
const SIMULATED_ORIGIN_MS = Date.UTC(2024, 0, 1);

export function createLabWorld(
  seed: number,
  isReliable: boolean,
  scheduler = new Scheduler(),
): SimulatedWorld {
  return { scheduler, originMs: SIMULATED_ORIGIN_MS, ...networkAndRandom(scheduler, seed, isReliable) };
}

export function createRealWorld(seed: number, isReliable: boolean, time: RealTime): LabWorld {
  return { scheduler: time, originMs: time.originMs, ...networkAndRandom(time, seed, isReliable) };
}

function networkAndRandom(timeline: Timeline, seed: number, isReliable: boolean) {
  const random = new Random(seed);
  const network = new Network(timeline, random.fork());
  network.isReliable = isReliable;
  return { random, network };
}

export function wallClockMs({ scheduler, originMs }: LabWorld): number {
  return originMs + scheduler.nowMs;
}
