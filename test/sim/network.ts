/**
 * Calls as `fetch` makes them: a request and its reply belong together, a call ends at most once, with a reply or
 * without. Requests are lost, delayed, doubled and overtake one another, and so do replies.
 */

import type { NetworkPlan } from './plan.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';

/** Replicas by their id; clients and whoever else calls, by numbers that no replica has. */
export type Address = number;

export interface Call<Reply> {
  readonly from: Address;
  readonly to: Address;
  readonly timeoutMs: number;
  readonly loss: number;
  readonly replyLoss: number;
  readonly duplicates: number;
  /** Hands the request over. May happen twice, or never. */
  readonly deliver: (respond: (reply: Reply | undefined) => void) => void;
  /** Happens once. */
  readonly settle: (reply: Reply | undefined) => void;
}

const CALM = {
  requestLoss: 0,
  replyLoss: 0,
  duplicates: 0,
  stragglers: 0,
  longReordering: false,
  longDelays: false,
} as const;

const LABRPC_DEAD_MS = 99;
const LABRPC_LONG_DEAD_MS = 6999;

export class Network {
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  readonly #rough: NetworkPlan;
  /** "from>to" pairs that nothing passes. */
  #cut = new Set<string>();
  /** Cuts that stay until all is mended, whatever other cuts come and go. */
  readonly #lasting = new Set<string>();
  /** What passes these takes so much longer. */
  readonly #slowed = new Map<string, number>();
  #isCalm = false;

  constructor(scheduler: Scheduler, random: Random, plan: NetworkPlan) {
    this.#scheduler = scheduler;
    this.#random = random;
    this.#rough = plan;
  }

  /** Replaces all cuts by these. */
  cut(pairs: Iterable<readonly [Address, Address]>): void {
    this.#cut = new Set([...pairs].map(([from, to]) => link(from, to)));
  }

  cutLastingly(from: Address, to: Address): void {
    this.#lasting.add(link(from, to));
  }

  /** 0: as fast as all others again. */
  slow(from: Address, to: Address, byMs: number): void {
    this.#slowed.set(link(from, to), byMs);
  }

  mend(): void {
    this.#slowed.clear();
    this.#cut.clear();
    this.#lasting.clear();
  }

  /** In a calm network nothing is lost, late or doubled, but for what is cut. */
  set calm(isCalm: boolean) {
    this.#isCalm = isCalm;
  }

  get plan(): NetworkPlan {
    return this.#isCalm ? { ...this.#rough, ...CALM } : this.#rough;
  }

  call<Reply>(call: Call<Reply>): void {
    let isSettled = false;
    const settle = (reply: Reply | undefined): void => {
      if (isSettled) return;
      isSettled = true;
      call.settle(reply);
    };
    this.#scheduler.after(call.timeoutMs, () => settle(undefined));
    const deliver = (): void => {
      call.deliver((reply) => this.#reply(call, reply, settle));
    };
    this.#request(call, deliver, settle);
    if (this.#random.chance(call.duplicates, 1000)) this.#request(call, deliver, () => {});
  }

  #request<Reply>(call: Call<Reply>, deliver: () => void, settle: (reply: undefined) => void): void {
    if (this.#isCut(call.from, call.to)) {
      const deadMs = this.plan.longDelays ? LABRPC_LONG_DEAD_MS : LABRPC_DEAD_MS;
      this.#scheduler.after(this.#random.between(0, deadMs), () => settle(undefined));
    } else if (this.#random.chance(call.loss, 1000)) {
      // Some losses are noticed at once (a broken connection), some only by the time-out.
      if (this.#random.chance(1, 2)) this.#scheduler.after(this.#delayMs(), () => settle(undefined));
    } else {
      this.#scheduler.after(this.#slowMs(call.from, call.to) + this.#delayMs(), deliver);
    }
  }

  #reply<Reply>(
    call: Call<Reply>,
    reply: Reply | undefined,
    settle: (reply: Reply | undefined) => void,
  ): void {
    if (this.#isCut(call.to, call.from) || this.#random.chance(call.replyLoss, 1000)) {
      if (this.#random.chance(1, 2)) this.#scheduler.after(this.#delayMs(), () => settle(undefined));
      return;
    }
    const late = this.plan.longReordering && this.#random.chance(2, 3);
    const lateMs = late ? 200 + this.#random.below(this.#random.between(1, 2000)) : 0;
    const slowMs = this.#slowMs(call.to, call.from);
    this.#scheduler.after(lateMs + slowMs + this.#delayMs(), () => settle(reply));
  }

  #slowMs(from: Address, to: Address): number {
    return this.#slowed.get(link(from, to)) ?? 0;
  }

  #delayMs(): number {
    const { delayMs, stragglers, stragglerMs } = this.plan;
    const [from, to] = this.#random.chance(stragglers, 1000) ? stragglerMs : delayMs;
    return this.#random.between(from, to);
  }

  #isCut(from: Address, to: Address): boolean {
    const pair = link(from, to);
    return this.#cut.has(pair) || this.#lasting.has(pair);
  }
}

function link(from: Address, to: Address): string {
  return `${from}>${to}`;
}
