import type { Declined, Effects, Index } from '../raft/index.ts';
import type { ReplicaAnswer } from './answer.ts';

interface WaitingRead<Query, Answer> {
  readonly query: Query;
  readonly done: (answer: ReplicaAnswer<Answer>) => void;
  /** Asked before the state is read. */
  readonly isWanted: (() => boolean) | undefined;
}

export interface WaitingReadsLimits {
  readonly waitingReadsMax: number;
  readonly readWaitMsMax: number;
}

/**
 * Reads on their way: first until a majority has confirmed them, then until their index is applied, then until there is
 * room for their answers. They may be answered late, since a state that is newer than they asked for serves them too.
 *
 * replica.W1  Reads are confirmed together only if all of them were there before the core was asked to: a round that began
 *             before a read confirms nothing for it (Ongaro's dissertation §6.4, step 3).
 */
export class WaitingReads<Query, Answer> {
  readonly #limits: WaitingReadsLimits;
  /** By the id under which the core decides on them. */
  readonly #undecided = new Map<number, WaitingRead<Query, Answer>[]>();
  #undecidedCount = 0;
  /** Those whom the core has not been asked to confirm yet. */
  #gathering: number | undefined;
  #decided: (WaitingRead<Query, Answer> & { readonly index: Index })[] = [];
  /** The first to come is the first to go. */
  readonly #ready = new Set<WaitingRead<Query, Answer> & { readonly untilMs: number }>();
  #lastId = 0;

  constructor(limits: WaitingReadsLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#undecidedCount + this.#decided.length + this.#ready.size;
  }

  /** `joined`: it will be confirmed with one that was added before. `refused`: too many wait. */
  add(
    query: Query,
    done: (answer: ReplicaAnswer<Answer>) => void,
    isWanted?: () => boolean,
  ): { readonly type: 'joined' | 'refused' } | { readonly type: 'first'; readonly id: number } {
    if (this.size >= this.#limits.waitingReadsMax) return { type: 'refused' };
    this.#undecidedCount += 1;
    const others = this.#gathering === undefined ? undefined : this.#undecided.get(this.#gathering);
    if (others !== undefined) {
      others.push({ query, done, isWanted });
      return { type: 'joined' };
    }
    this.#lastId += 1;
    this.#gathering = this.#lastId;
    this.#undecided.set(this.#lastId, [{ query, done, isWanted }]);
    return { type: 'first', id: this.#lastId };
  }

  /** replica.W1: the core is asked now. */
  asked(id: number): void {
    if (id === this.#gathering) this.#gathering = undefined;
  }

  decided(id: number, outcome: Effects['reads'][number]['outcome']): void {
    const reads = this.#undecided.get(id) ?? [];
    this.#undecided.delete(id);
    this.#undecidedCount -= reads.length;
    for (const read of reads) {
      if (outcome.type === 'ready') this.#decided.push({ ...read, index: outcome.index });
      else read.done(outcome);
    }
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
    const all = [...this.#undecided.values()].flat().concat(this.#decided, ...this.#ready);
    this.#undecided.clear();
    this.#undecidedCount = 0;
    this.#gathering = undefined;
    this.#decided = [];
    this.#ready.clear();
    for (const { done } of all) done(outcome);
  }
}
