import type { Declined, Effects, Index } from '../raft/index.ts';
import type { ReplicaAnswer } from './answer.ts';

interface WaitingRead<Query, Answer> {
  readonly query: Query;
  readonly done: (answer: ReplicaAnswer<Answer>) => void;
}

export interface WaitingReadsLimits {
  readonly waitingReadsMax: number;
  readonly readWaitMsMax: number;
}

/**
 * Reads on their way: first until a majority has confirmed them, then until their index is applied, then until there is
 * room for their answers. They may be answered late, since a state that is newer than they asked for serves them too.
 */
export class WaitingReads<Query, Answer> {
  readonly #limits: WaitingReadsLimits;
  readonly #undecided = new Map<number, WaitingRead<Query, Answer>>();
  #decided: (WaitingRead<Query, Answer> & { readonly index: Index })[] = [];
  /** The first to come is the first to go. */
  readonly #ready = new Set<WaitingRead<Query, Answer> & { readonly untilMs: number }>();
  #lastId = 0;

  constructor(limits: WaitingReadsLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#undecided.size + this.#decided.length + this.#ready.size;
  }

  /** The id under which the core decides on the read; undefined when too many wait. */
  add(query: Query, done: (answer: ReplicaAnswer<Answer>) => void): number | undefined {
    if (this.size >= this.#limits.waitingReadsMax) return undefined;
    this.#lastId += 1;
    this.#undecided.set(this.#lastId, { query, done });
    return this.#lastId;
  }

  decided(id: number, outcome: Effects['reads'][number]['outcome']): void {
    const read = this.#undecided.get(id);
    if (read === undefined) return;
    this.#undecided.delete(id);
    if (outcome.type === 'ready') this.#decided.push({ ...read, index: outcome.index });
    else read.done(outcome);
  }

  /** A state at `applied` can answer more of them. */
  reach(applied: Index, nowMs: number): void {
    if (this.#decided.length === 0) return;
    const untilMs = nowMs + this.#limits.readWaitMsMax;
    const ready = this.#decided.filter(({ index }) => index <= applied);
    this.#decided = this.#decided.filter(({ index }) => index > applied);
    for (const read of ready) this.#ready.add({ ...read, untilMs });
  }

  /** The next that can be answered. */
  take(): WaitingRead<Query, Answer> | undefined {
    const [next] = this.#ready;
    if (next !== undefined) this.#ready.delete(next);
    return next;
  }

  /** Those that found no room in time. */
  expire(nowMs: number): void {
    for (const read of this.#ready) {
      if (read.untilMs > nowMs) return;
      this.#ready.delete(read);
      read.done({ type: 'overloaded' });
    }
  }

  failAll(outcome: Declined): void {
    const all = [...this.#undecided.values(), ...this.#decided, ...this.#ready];
    this.#undecided.clear();
    this.#decided = [];
    this.#ready.clear();
    for (const { done } of all) done(outcome);
  }
}
