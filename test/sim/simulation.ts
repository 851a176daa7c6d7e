/**
 * A cluster from one seed: first all its faults (safety), then a majority that is healed, while what is broken outside
 * of it stays broken (liveness): every request must then finish. The seed decides everything.
 */

import { checkHistory, type KeyValueOperation, keyValueModel } from '../../tools/checker/index.ts';
import { checkCalm } from './calm.ts';
import { Clerk } from './clerk.ts';
import type { Cluster, Cores } from './cluster.ts';
import { fleet } from './fleet.ts';
import { type Gateway, makeGateway } from './gateway.ts';
import type { Group } from './group.ts';
import { healMajority, mendAll, mendInCalm, whatIsMissing } from './healing.ts';
import type { Host } from './host.ts';
import type { Mark } from './marks.ts';
import { Nemesis } from './nemesis.ts';
import { oneGroup } from './one-group.ts';
import { Past } from './past.ts';
import { type Plan, planOf } from './plan.ts';
import { Random } from './random.ts';
import { Scheduler } from './scheduler.ts';
import { Stranger } from './stranger.ts';
import { Trace } from './trace.ts';
import { checkUnattended } from './unattended.ts';
import { Verdict, type Violation } from './verdict.ts';
import { Versions } from './versions.ts';
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

const WHOLE_LIMIT_MS = 60_000;
const LIVENESS_LIMIT_MS = 60_000;
/** A fleet may have many configurations to catch up with, and copy shards one row at a time. */
const FLEET_LIVENESS_LIMIT_MS = 240_000;
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
  readonly #verdict = new Verdict();
  readonly #marks = new Set<Mark>();
  readonly #trace: Trace;
  readonly #world: World;
  readonly #cluster: Cluster;
  readonly #clerks: readonly Clerk[];
  readonly #history: KeyValueOperation[] = [];
  #phase: 'safety' | 'liveness' = 'safety';
  #ticks = 0;
  #events = 0;
  #reads = 0;

  constructor(plan: Plan, options: SimulationOptions) {
    const random = new Random(plan.seed ^ 0x5eed);
    this.#options = options;
    this.#trace = new Trace(() => this.#scheduler.nowMs, options.print);
    this.#world = {
      plan,
      scheduler: this.#scheduler,
      directory: new Map(),
      random,
      trace: this.#trace,
      verdict: this.#verdict,
      versions: new Versions(),
      past: new Past(),
      nextRead: () => {
        this.#reads += 1;
        return this.#reads;
      },
      isSafetyPhase: () => this.#phase === 'safety',
    };
    this.#cluster =
      plan.fleet === undefined
        ? oneGroup(this.#world, this.#trace, this.#marks)
        : fleet(this.#world, plan.fleet, this.#trace, this.#marks);
    const gateways = Array.from({ length: plan.clients.gateways }, (_, number) =>
      makeGateway(this.#world, number, this.#cluster.routing, this.#marks),
    );
    this.#clerks = Array.from({ length: plan.clients.clerks }, (_, number) =>
      this.#makeClerk(number, gateways),
    );
  }

  run(): Outcome {
    const { plan } = this.#world;
    const { replicas, faults } = plan;
    const { groups } = this.#cluster;
    this.#trace.note('plan', { groups: groups.length, replicas, faults: faults.join(',') });
    try {
      this.#runPhases();
    } catch (error) {
      this.#verdict.fail(
        'exception',
        error instanceof Error ? (error.stack ?? error.message) : String(error),
      );
    }
    return {
      seed: plan.seed,
      violation: this.#verdict.violation,
      traceHash: this.#trace.hash,
      virtualMs: this.#scheduler.nowMs,
      operations: this.#history.length,
      committed: groups.reduce((sum, { checker }) => sum + checker.commit, 0),
      marks: this.#marks,
    };
  }

  #makeClerk(number: number, gateways: readonly Gateway[]): Clerk {
    const gateway = gateways[number % gateways.length];
    if (gateway === undefined) throw new RangeError('a simulation has gateways');
    return new Clerk(this.#world, number, gateway, this.#history, () => this.#tick());
  }

  #runPhases(): void {
    const { plan } = this.#world;
    const { groups } = this.#cluster;
    for (const host of groups.flatMap(({ hosts }) => hosts)) host.start();
    const nemeses = groups.map((group) => new Nemesis(group));
    const strangers = groups.map((group, number) => new Stranger(group, number));
    for (let round = 1; round <= plan.rounds && this.#verdict.violation === undefined; round += 1) {
      this.#phase = 'safety';
      for (const group of this.#cluster.groups) mendAll(group);
      for (const clerk of this.#clerks) clerk.go(OPERATIONS_A_ROUND_MAX);
      for (const each of [...nemeses, ...strangers]) each.start();
      this.#runFor(plan.safetyMs);
      for (const each of [...nemeses, ...strangers]) each.stop();
      this.#phase = 'liveness';
      this.#mustBeWhole();
      const isLast = round === plan.rounds;
      const cores = this.#mustFinish(isLast ? Math.max(0, OPERATIONS_MIN - this.#history.length) : 0);
      if (isLast && cores !== undefined) {
        checkUnattended({ world: this.#world, cores, runUntil: this.#runUntil.bind(this) });
      }
    }
    for (const clerk of this.#clerks) clerk.giveUp();
    if (this.#verdict.violation === undefined) this.#checkHistory();
  }

  /** Every group is formed, and has taken back who lost its disk: any majority may be needed from then on. */
  #mustBeWhole(): void {
    const mended = new Set<Group>();
    // A group that was gone may come back meanwhile.
    const missing = (): readonly string[] =>
      this.#cluster.groups.flatMap((group) => {
        const what = whatIsMissing(group);
        if (what !== undefined && !mended.has(group)) mendInCalm(group);
        if (what !== undefined) mended.add(group);
        return what ?? [];
      });
    const isWhole = (): boolean => missing().length === 0;
    if (this.#runUntil(isWhole, WHOLE_LIMIT_MS)) return;
    // A log that keeps less than is written while the state is sent lets nobody catch up before clients rest.
    for (const clerk of this.#clerks) clerk.go(0);
    if (this.#runUntil(isWhole, WHOLE_LIMIT_MS)) return;
    this.#verdict.fail(
      'liveness',
      `nothing was wrong for ${(2 * WHOLE_LIMIT_MS) / 1000} s, and ${missing().join('; ')}`,
    );
  }

  /** A majority that is healed must do what it is asked. Undefined: it did not, or something else is wrong. */
  #mustFinish(operations: number): Cores | undefined {
    if (this.#verdict.violation !== undefined) return undefined;
    const cores = new Map(this.#cluster.groups.map((group) => [group, this.#heal(group)]));
    const each = LAST_OPERATIONS + Math.ceil(operations / this.#clerks.length);
    for (const clerk of this.#clerks) clerk.go(each);
    const limitMs = this.#world.plan.fleet === undefined ? LIVENESS_LIMIT_MS : FLEET_LIVENESS_LIMIT_MS;
    if (!this.#runUntil(() => this.#whatIsLeft(cores) === undefined, limitMs)) {
      const left = this.#whatIsLeft(cores);
      this.#verdict.fail('liveness', `majorities have worked for ${limitMs / 1000} s, and ${left}`);
      return undefined;
    }
    const astray = this.#cluster.astray(cores);
    if (astray !== undefined) this.#verdict.fail('shards at rest', astray);
    checkCalm({ world: this.#world, cores, runFor: this.#runFor.bind(this) });
    return cores;
  }

  #heal(group: Group): readonly Host[] {
    const core = healMajority(group);
    group.trace.note('liveness', { core: core.map(({ id }) => id).join(', ') });
    return core;
  }

  #whatIsLeft(cores: Cores): string | undefined {
    const waiting = this.#clerks.filter((clerk) => !clerk.isDone).length;
    if (waiting > 0) return `${waiting} clerks wait`;
    return this.#cluster.unfinished(cores);
  }

  #runFor(durationMs: number): void {
    this.#runUntil(() => false, durationMs);
  }

  /** Runs until the condition holds, something is wrong, or the time is over; returns whether the condition holds. */
  #runUntil(isOver: () => boolean, limitMs: number): boolean {
    const untilMs = this.#scheduler.nowMs + limitMs;
    while (this.#verdict.violation === undefined) {
      if (isOver()) return true;
      this.#events += 1;
      if (this.#events > EVENTS_MAX) this.#verdict.fail('liveness', `${EVENTS_MAX} events, and no end`);
      if (!this.#scheduler.step(untilMs)) {
        this.#scheduler.runUntil(untilMs);
        return isOver();
      }
    }
    return false;
  }

  #checkHistory(): void {
    const kept = this.#history.filter(({ input }) => !this.#cluster.isLost(input.key));
    const limits = { timeLimitMs: CHECK_LIMIT_MS, nowMs: this.#options.nowMs };
    const { verdict, partitions } = checkHistory(kept, keyValueModel, limits);
    if (verdict === 'linearizable') return;
    const last = partitions.at(-1);
    this.#verdict.fail('linearizability', `the history of ${last?.key} is ${verdict}`);
  }

  #tick(): number {
    this.#ticks += 1;
    return this.#ticks;
  }
}
