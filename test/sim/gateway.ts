/** What a Worker runs: the deployed clients, over a network with faults. Several clerks may share one. */

import { type CallPort, GatheredPort, type Route, SessionPool, StoreClient } from '../../src/client/index.ts';
import { REPLICA_PATHS } from '../../src/replica/index.ts';
import type { ShardOf } from '../../src/shard/index.ts';
import { HostClock, MonotonicClock } from './clock.ts';
import type { Mark } from './marks.ts';
import type { Address } from './network.ts';
import { observedRoute } from './observed-route.ts';
import type { Random } from './random.ts';
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

export function makeGateway(
  world: World,
  number: number,
  { shardOf, routeOver }: Routing,
  marks: Set<Mark>,
): Gateway {
  const { plan, scheduler } = world;
  const random = world.random.fork();
  const clock = new HostClock(scheduler, 1000, random.below(OFFSET_MS));
  const { timeoutMs, loss, duplicates, deadlineMs } = plan.clients;
  const way = simPort({
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
  const losing = random.fork();
  const port = new GatheredPort(withLostRequests(way, losing, world, marks), (run) => () => {
    // What another request tells this one is taken up later, if this one is still there.
    if (!(world.isSafetyPhase() && losing.chance(LOST_REQUESTS, 1000))) scheduler.after(0, run);
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

/** Of 1000. */
const LOST_REQUESTS = 20;

/**
 * A shared call belongs to a request whose client may leave: then it ends without a word, and its timer with it. Of a
 * call that nobody shares, only that client would have learned anything.
 */
function withLostRequests(port: CallPort, random: Random, world: World, marks: Set<Mark>): CallPort {
  return {
    nowMs: () => port.nowMs(),
    wallClockMs: () => port.wallClockMs(),
    random: (bound) => port.random(bound),
    pause: (durationMs, done) => port.pause(durationMs, done),
    ask(attempt, done) {
      const isShared = attempt.path === REPLICA_PATHS.gathered;
      const isLost = isShared && world.isSafetyPhase() && random.chance(LOST_REQUESTS, 1000);
      if (isShared) marks.add('shared a call');
      if (isLost) marks.add('lost a shared call with its request');
      port.ask(attempt, isLost ? () => undefined : done);
    },
  };
}
