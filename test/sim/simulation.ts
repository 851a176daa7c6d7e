/**
 * A cluster from one seed: first all its faults (safety), then a majority that is healed, while what is broken outside
 * of it stays broken (liveness): every request must then finish. The seed decides everything.
 */

import { asReplicaId, type ReplicaId } from '../../src/raft/index.ts';
import { checkHistory, type KeyValueOperation, keyValueModel } from '../linearizability/index.ts';
import { checkCalm } from './calm.ts';
import { Checker, type Violation } from './checker.ts';
import { Clerk } from './clerk.ts';
import { HostClock } from './clock.ts';
import { healMajority, mendAll } from './healing.ts';
import { Host } from './host.ts';
import { allInvariants } from './invariants/index.ts';
import type { Mark } from './marks.ts';
import { Nemesis } from './nemesis.ts';
import { Network } from './network.ts';
import { type Plan, planOf } from './plan.ts';
import { Random } from './random.ts';
import { Scheduler } from './scheduler.ts';
import { Trace } from './trace.ts';
import type { World } from './world.ts';

export interface Outcome {
  readonly seed: number;
  readonly violation: Violation | undefined;
  /** Two runs of a seed have the same. */
  readonly traceHash: string;
  readonly virtualMs: number;
  readonly operations: number;
  readonly committed: number;
  readonly marks: ReadonlySet<Mark>;
}

export interface SimulationOptions {
  readonly print?: (line: string) => void;
  /** Real time, for the limit of the search for a linearization; no outcome but "unknown" depends on it. */
  readonly nowMs: () => number;
}

const LIVENESS_LIMIT_MS = 60_000;
/** Of one clerk: it takes no more to make trouble, and a fast network would let them run to thousands. */
const OPERATIONS_A_ROUND_MAX = 150;
const OPERATIONS_MIN = 200;
const LAST_OPERATIONS = 4;
const CHECK_LIMIT_MS = 20_000;
const EVENTS_MAX = 2_000_000;

export function simulate(seed: number, options: SimulationOptions): Outcome {
  return new Simulation(planOf(seed), options).run();
}

class Simulation {
  readonly #options: SimulationOptions;
  readonly #scheduler = new Scheduler();
  readonly #checker: Checker;
  readonly #trace: Trace;
  readonly #world: World;
  readonly #hosts: readonly Host[];
  readonly #clerks: readonly Clerk[];
  readonly #history: KeyValueOperation[] = [];
  #phase: 'safety' | 'liveness' = 'safety';
  #ticks = 0;
  #events = 0;
  #reads = 0;

  constructor(plan: Plan, options: SimulationOptions) {
    const random = new Random(plan.seed ^ 0x5eed);
    const voters = Array.from({ length: plan.replicas }, (_, slot) => asReplicaId(slot + 1));
    const membership = { voters, learners: [] };
    this.#options = options;
    this.#checker = new Checker(membership, allInvariants(plan.raft.messageBytesMax));
    this.#trace = new Trace(() => this.#scheduler.nowMs, options.print);
    const hosts = new Map<ReplicaId, Host>();
    this.#world = {
      plan,
      scheduler: this.#scheduler,
      random,
      network: new Network(this.#scheduler, random.fork(), plan.network),
      checker: this.#checker,
      trace: this.#trace,
      membership,
      nextRead: () => {
        this.#reads += 1;
        return this.#reads;
      },
      host: (id) => hosts.get(id) ?? missing(id),
      isSafetyPhase: () => this.#phase === 'safety',
    };
    for (const id of voters) hosts.set(id, new Host(this.#world, id));
    this.#hosts = [...hosts.values()];
    this.#clerks = Array.from({ length: plan.clients.clerks }, (_, number) => {
      const clock = new HostClock(this.#scheduler, 1000, random.below(500));
      return new Clerk(this.#world, number, clock, this.#history, () => this.#tick());
    });
  }

  run(): Outcome {
    const { plan } = this.#world;
    this.#trace.note('plan', { replicas: plan.replicas, faults: plan.faults.join(',') });
    try {
      this.#runPhases();
    } catch (error) {
      this.#checker.fail(
        'exception',
        error instanceof Error ? (error.stack ?? error.message) : String(error),
      );
    }
    const { violation, commit, marks } = this.#checker;
    return {
      seed: plan.seed,
      violation,
      traceHash: this.#trace.hash,
      virtualMs: this.#scheduler.nowMs,
      operations: this.#history.length,
      committed: commit,
      marks,
    };
  }

  #runPhases(): void {
    const { plan } = this.#world;
    for (const host of this.#hosts) host.start();
    const nemesis = new Nemesis(this.#world, this.#hosts);
    for (let round = 1; round <= plan.rounds && this.#checker.violation === undefined; round += 1) {
      this.#phase = 'safety';
      mendAll(this.#world, this.#hosts);
      for (const clerk of this.#clerks) clerk.go(OPERATIONS_A_ROUND_MAX);
      nemesis.start();
      this.#runFor(plan.safetyMs);
      nemesis.stop();
      this.#phase = 'liveness';
      const isLast = round === plan.rounds;
      this.#mustFinish(isLast ? Math.max(0, OPERATIONS_MIN - this.#history.length) : 0);
    }
    for (const clerk of this.#clerks) clerk.giveUp();
    if (this.#checker.violation === undefined) this.#checkHistory();
  }

  /** A majority that is healed must do what it is asked. */
  #mustFinish(operations: number): void {
    if (this.#checker.violation !== undefined) return;
    const core = healMajority(this.#world, this.#hosts);
    const names = core.map(({ id }) => id).join(', ');
    this.#trace.note('liveness', { core: names });
    const each = LAST_OPERATIONS + Math.ceil(operations / this.#clerks.length);
    for (const clerk of this.#clerks) clerk.go(each);
    const waiting = (): number => this.#clerks.filter((clerk) => !clerk.isDone).length;
    if (this.#runUntil(() => waiting() === 0, LIVENESS_LIMIT_MS)) {
      const runFor = this.#runFor.bind(this);
      checkCalm({ world: this.#world, hosts: this.#hosts, core, runFor });
    } else {
      const seconds = LIVENESS_LIMIT_MS / 1000;
      this.#checker.fail('liveness', `replicas ${names} work; after ${seconds} s ${waiting()} clerks wait`);
    }
  }

  #runFor(durationMs: number): void {
    this.#runUntil(() => false, durationMs);
  }

  /** Runs until the condition holds, something is wrong, or the time is over; returns whether the condition holds. */
  #runUntil(isOver: () => boolean, limitMs: number): boolean {
    const untilMs = this.#scheduler.nowMs + limitMs;
    while (this.#checker.violation === undefined) {
      if (isOver()) return true;
      this.#events += 1;
      if (this.#events > EVENTS_MAX) this.#checker.fail('liveness', `${EVENTS_MAX} events, and no end`);
      if (!this.#scheduler.step(untilMs)) {
        this.#scheduler.runUntil(untilMs);
        return isOver();
      }
    }
    return false;
  }

  #checkHistory(): void {
    const limits = { timeLimitMs: CHECK_LIMIT_MS, nowMs: this.#options.nowMs };
    const { verdict, partitions } = checkHistory(this.#history, keyValueModel, limits);
    if (verdict === 'linearizable') return;
    const last = partitions.at(-1);
    this.#checker.fail('linearizability', `the history of ${last?.key} is ${verdict}`);
  }

  #tick(): number {
    this.#ticks += 1;
    return this.#ticks;
  }
}

function missing(id: ReplicaId): never {
  throw new Error(`there is no replica ${id}`);
}
