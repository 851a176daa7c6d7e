import type { Membership } from '../../src/raft/index.ts';
import { ClusterView } from './cluster-view.ts';
import type { Invariant } from './invariants/index.ts';
import { type Mark, markOf } from './marks.ts';
import type { Life, Observation } from './observation.ts';
import type { Verdict } from './verdict.ts';

/**
 * Holds every observation of a group against every invariant. A violation is noted and not thrown: a replica would
 * catch it, since observations are made within its calls.
 */
export class Checker {
  readonly #view: ClusterView;
  readonly #invariants: readonly Invariant[];
  readonly #verdict: Verdict;
  readonly #marks: Set<Mark>;

  /** `marks` takes what the run comes through. */
  constructor(
    membership: Membership,
    invariants: readonly Invariant[],
    verdict: Verdict,
    marks: Set<Mark> = new Set(),
  ) {
    this.#view = new ClusterView(membership);
    this.#invariants = invariants;
    this.#verdict = verdict;
    this.#marks = marks;
  }

  /** The highest index that any replica ever knew to be committed. */
  get commit(): number {
    return this.#view.commit;
  }

  observe(observation: Observation): void {
    if (this.#verdict.violation !== undefined) return;
    const mark = markOf(observation);
    if (mark !== undefined) this.#marks.add(mark);
    const derived = this.#view.see(observation);
    for (const each of [observation, ...derived]) {
      for (const invariant of this.#invariants) {
        const message = invariant.check(each, this.#view);
        if (message !== undefined) this.#verdict.fail(invariant.name, message);
      }
      const { readmission } = each.type === 'committed' && each.known === undefined ? each.entry : {};
      if (readmission !== undefined) this.#view.readmitted(readmission);
    }
  }

  ended(life: Life): void {
    this.#view.ended(life);
  }
}
