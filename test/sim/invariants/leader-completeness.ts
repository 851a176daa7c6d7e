import type { ClusterView } from '../cluster-view.ts';
import type { Life, Observation } from '../observation.ts';
import type { Invariant } from './invariant.ts';

/** What was committed in a term is in the log of the leaders of all later terms (Raft figure 3, §5.4.3). */
export class LeaderCompleteness implements Invariant {
  readonly name = 'leader completeness';
  readonly #checked = new WeakMap<Life, number>();

  check(observation: Observation, view: ClusterView): string | undefined {
    if (observation.type !== 'stepped' || observation.status.role !== 'leader') return undefined;
    const { life, status } = observation;
    if (this.#checked.get(life) === status.term) return undefined;
    this.#checked.set(life, status.term);
    const { log } = view.life(life);
    for (const { entry, inTerm } of view.committed.slice(log.base)) {
      if (inTerm >= status.term || log.holds(entry)) continue;
      return `replica ${life.replica} leads term ${status.term} without entry ${entry.index} of term ${entry.term}, committed in term ${inTerm}`;
    }
    return undefined;
  }
}
