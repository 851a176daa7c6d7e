import type { Membership } from '../../src/raft/index.ts';
import { ClusterView } from './cluster-view.ts';
import type { Invariant } from './invariants/index.ts';
import { type Mark, markOf } from './marks.ts';
import type { Life, Observation } from './observation.ts';

export interface Violation {
  /** The invariant that does not hold. */
  readonly invariant: string;
  readonly message: string;
}

/**
 * Holds every observation against every invariant. The first violation is kept and not thrown: a replica would catch
 * it, since observations are made within its calls.
 */
export class Checker {
  /** What this run came through. */
  readonly marks = new Set<Mark>();
  readonly #view: ClusterView;
  readonly #invariants: readonly Invariant[];
  #violation: Violation | undefined;

  constructor(membership: Membership, invariants: readonly Invariant[]) {
    this.#view = new ClusterView(membership);
    this.#invariants = invariants;
  }

  get violation(): Violation | undefined {
    return this.#violation;
  }

  /** The highest index that any replica ever knew to be committed. */
  get commit(): number {
    return this.#view.commit;
  }

  observe(observation: Observation): void {
    if (this.#violation !== undefined) return;
    const mark = markOf(observation);
    if (mark !== undefined) this.marks.add(mark);
    const derived = this.#view.see(observation);
    for (const each of [observation, ...derived]) {
      for (const invariant of this.#invariants) {
        const message = invariant.check(each, this.#view);
        if (message !== undefined) this.fail(invariant.name, message);
      }
    }
  }

  fail(invariant: string, message: string): void {
    this.#violation ??= { invariant, message };
  }

  ended(life: Life): void {
    this.#view.ended(life);
  }
}
