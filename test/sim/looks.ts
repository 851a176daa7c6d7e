/** What a clerk reads without a place in the history: stale, as of what it has seen, and pages. */

import { type CallOutcome, carryOut } from '../../src/client/index.ts';
import type { ScanResult, ValueResult } from '../../src/kv/index.ts';
import type { Gateway } from './gateway.ts';
import type { Reading } from './past.ts';
import type { Plan } from './plan.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

/** A revision that no shard comes to. */
const NEVER = Number.MAX_SAFE_INTEGER;
/** Ages are measured by clocks that do not run equally fast. */
const AGE_FACTOR = 1.05;

export class Looks {
  readonly #world: World;
  readonly #gateway: Gateway;
  readonly #random: Random;
  /** What the clerk has seen of each shard. */
  readonly #seen = new Map<number, number>();

  constructor(world: World, gateway: Gateway, random: Random) {
    this.#world = world;
    this.#gateway = gateway;
    this.#random = random;
  }

  /** The clerk has heard of this revision of the key's shard, by a write or by a read. */
  saw(key: string, revision: number): void {
    const shard = this.#gateway.store.shardOf(key);
    this.#sawShard(shard, revision);
    this.#world.past.acknowledged(shard, revision, this.#world.scheduler.nowMs);
  }

  /** What a linearizable read found has a place in the history; its revision must be right, too. */
  readLinearizable(key: string, askedAtMs: number, result: ValueResult): void {
    const shard = this.#gateway.store.shardOf(key);
    const minRevision = this.#seen.get(shard) ?? 0;
    this.#judge(key, { shard, askedAtMs, minRevision, ageMsMax: 0, revision: result.revision }, result);
    this.saw(key, result.revision);
  }

  /** One more. `done` says whether there was an answer. */
  take(done: (answered: boolean) => void): void {
    if (this.#random.chance(1, 5)) this.#scan(done);
    else this.#readStale(done);
  }

  #readStale(done: (answered: boolean) => void): void {
    const { port, store } = this.#gateway;
    const { plan, scheduler } = this.#world;
    const key = keyOf(this.#random.below(plan.clients.keys));
    const shard = store.shardOf(key);
    const seen = this.#seen.get(shard) ?? 0;
    const wanted = this.#random.pick([0, seen, seen, seen, seen, NEVER]);
    const askedAtMs = scheduler.nowMs;
    carryOut(store.readStale(key, wanted), port, (outcome: CallOutcome<ValueResult>) => {
      this.#world.trace.note('looked', { key, wanted, outcome: outcome.type });
      if (outcome.type === 'failed') return done(false);
      const { result, ageMsMax } = outcome;
      // Where no replica comes so far, the read is linearizable.
      const [minRevision, age] = wanted === NEVER ? [seen, 0] : [wanted, believedAge(plan, ageMsMax)];
      this.#judge(key, { shard, askedAtMs, minRevision, ageMsMax: age, revision: result.revision }, result);
      this.#sawShard(shard, result.revision);
      done(true);
    });
  }

  #scan(done: (answered: boolean) => void): void {
    const { port, store } = this.#gateway;
    const { plan, scheduler, past } = this.#world;
    const key = keyOf(this.#random.below(plan.clients.keys));
    const shard = store.shardOf(key);
    const asked = {
      prefix: this.#random.pick(['', 'key-', 'key-1']),
      after: this.#random.pick(['', '', key]),
      rowsMax: this.#random.between(1, 4),
    };
    const minRevision = this.#seen.get(shard) ?? 0;
    const askedAtMs = scheduler.nowMs;
    carryOut(store.scan({ type: 'scan', shard, ...asked }), port, (outcome: CallOutcome<ScanResult>) => {
      this.#world.trace.note('scanned', { shard, outcome: outcome.type });
      if (outcome.type === 'failed') return done(false);
      const { rows, revision } = outcome.result;
      const reading: Reading = { shard, askedAtMs, minRevision, ageMsMax: 0, revision };
      const page = { ...asked, isOfShard: (other: string) => store.shardOf(other) === shard };
      const found = rows.map((row) => [row.key, new TextDecoder().decode(row.value)] as const);
      const problem = past.problemOfPage(reading, page, found);
      if (problem !== undefined) this.#world.verdict.fail(problem.invariant, problem.message);
      this.#sawShard(shard, revision);
      done(true);
    });
  }

  #judge(key: string, reading: Reading, result: ValueResult): void {
    const value = result.type === 'found' ? new TextDecoder().decode(result.value) : null;
    const problem = this.#world.past.problemOfValue(reading, key, value);
    if (problem !== undefined) this.#world.verdict.fail(problem.invariant, problem.message);
  }

  #sawShard(shard: number, revision: number): void {
    this.#seen.set(shard, Math.max(revision, this.#seen.get(shard) ?? 0));
  }
}

export function keyOf(number: number): string {
  return `key-${number}`;
}

/** Ages rest on time (freshness.ts): where a seed breaks what they rest on, they may be wrong. */
function believedAge({ faults, network }: Plan, ageMsMax: number | undefined): number {
  const holds =
    !faults.some((kind) => kind === 'pause' || kind === 'clock-jump' || kind === 'zombie') &&
    network.stragglers === 0 &&
    !network.longReordering;
  return holds && ageMsMax !== undefined ? ageMsMax * AGE_FACTOR : Number.POSITIVE_INFINITY;
}
