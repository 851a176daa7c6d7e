import type { ClusterView } from '../cluster-view.ts';
import type { Observation } from '../observation.ts';
import { isSameEntry } from '../shadow-log.ts';
import type { Invariant } from './invariant.ts';

/** All replicas commit the same entry at an index, and have the same state when they have applied it (Raft figure 3). */
export class StateMachineSafety implements Invariant {
  readonly name = 'state machine safety';
  readonly #states = new Map<number, number>();

  check(observation: Observation, view: ClusterView): string | undefined {
    switch (observation.type) {
      case 'committed': {
        const { life, entry, known } = observation;
        if (known === undefined || isSameEntry(known, entry)) return undefined;
        return `replica ${life.replica} commits at ${entry.index} an entry of term ${entry.term}; it was one of term ${known.term}`;
      }
      case 'opened':
      case 'written': {
        const { applied, part, state } = view.life(observation.life);
        // Where a turn ends within an entry is each replica's own affair.
        if (part !== undefined) return undefined;
        const known = this.#states.get(applied);
        if (known === undefined) this.#states.set(applied, state.value);
        if (known === undefined || known === state.value) return undefined;
        return `replica ${observation.life.replica} has another state than others had at ${applied}`;
      }
      default:
        return undefined;
    }
  }
}
