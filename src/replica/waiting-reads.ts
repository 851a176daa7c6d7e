import type { Declined, Effects, Index } from '../raft/index.ts';
import type { ReplicaAnswer } from './answer.ts';

interface WaitingRead<Query, Answer> {
  readonly query: Query;
  readonly done: (answer: ReplicaAnswer<Answer>) => void;
}

/** Reads on their way: first until a majority has confirmed them, then until their index is applied. */
export class WaitingReads<Query, Answer> {
  readonly #readsMax: number;
  readonly #undecided = new Map<number, WaitingRead<Query, Answer>>();
  #decided: (WaitingRead<Query, Answer> & { readonly index: Index })[] = [];
  #lastId = 0;

  constructor(readsMax: number) {
    this.#readsMax = readsMax;
  }

  get size(): number {
    return this.#undecided.size + this.#decided.length;
  }

  /** The id under which the core decides on the read; undefined when too many wait. */
  add(query: Query, done: (answer: ReplicaAnswer<Answer>) => void): number | undefined {
    if (this.size >= this.#readsMax) return undefined;
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

  /** The reads that a state at `applied` can answer. */
  takeReady(applied: Index): readonly WaitingRead<Query, Answer>[] {
    if (this.#decided.length === 0) return [];
    const ready = this.#decided.filter(({ index }) => index <= applied);
    this.#decided = this.#decided.filter(({ index }) => index > applied);
    return ready;
  }

  failAll(outcome: Declined): void {
    const all = [...this.#undecided.values(), ...this.#decided];
    this.#undecided.clear();
    this.#decided = [];
    for (const { done } of all) done(outcome);
  }
}
