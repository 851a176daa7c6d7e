/** What a Worker runs: the deployed clients, over a network with faults. Several clerks may share one. */

import { type CallPort, type Route, SessionPool, StoreClient } from '../../src/client/index.ts';
import type { ShardOf } from '../../src/shard/index.ts';
import { HostClock, MonotonicClock } from './clock.ts';
import type { Address } from './network.ts';
import { observedRoute } from './observed-route.ts';
import { simPort } from './sim-port.ts';
import type { World } from './world.ts';

const FIRST_ADDRESS: Address = 100;
const OFFSET_MS = 500;
/** Clients that give up and ask again sooner than the group can answer keep it busy for ever with answers to nobody. */
const PATIENT_TIMEOUT_MS = 3000;

export interface Gateway {
  readonly port: CallPort;
  readonly store: StoreClient;
}

export interface Routing {
  readonly shardOf: ShardOf;
  readonly routeOver: (port: CallPort) => Route;
}

export function makeGateway(world: World, number: number, { shardOf, routeOver }: Routing): Gateway {
  const { plan, scheduler } = world;
  const random = world.random.fork();
  const clock = new HostClock(scheduler, 1000, random.below(OFFSET_MS));
  const { timeoutMs, loss, duplicates, deadlineMs } = plan.clients;
  const port = simPort({
    world,
    from: FIRST_ADDRESS + number,
    random,
    clock: new MonotonicClock(clock),
    roughness: () =>
      world.isSafetyPhase()
        ? { timeoutMs, requestLoss: loss, replyLoss: loss, duplicates }
        : { timeoutMs: Math.max(timeoutMs, PATIENT_TIMEOUT_MS), requestLoss: 0, replyLoss: 0, duplicates: 0 },
    arrived: (happened) => happened(),
    real: (durationMs) => durationMs,
  });
  let ids = 0;
  const sessions = new SessionPool({
    settings: plan.kv,
    uniquePart: () => {
      ids += 1;
      return `${number}-${ids}`;
    },
  });
  const store = new StoreClient({
    port,
    route: observedRoute(routeOver(port), port, world.verdict),
    shardOf,
    sessions,
    deadlineMs,
    localAnswerMs: timeoutMs,
  });
  return { port, store };
}
