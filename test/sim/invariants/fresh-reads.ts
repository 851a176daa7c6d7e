import type { ClusterView } from '../cluster-view.ts';
import type { Observation } from '../observation.ts';
import type { Invariant } from './invariant.ts';

/**
 * A read is answered from a state that reflects everything that anybody knew to be committed when it was asked
 * (raft.Q1 to raft.Q4). Stricter than the clients' histories, in which a stale read of an unchanged key
 * does not show.
 */
export class FreshReads implements Invariant {
  readonly name = 'fresh reads';
  readonly #floors = new Map<number, number>();

  check(observation: Observation, view: ClusterView): string | undefined {
    switch (observation.type) {
      case 'read-asked':
        this.#floors.set(observation.read, view.commit);
        return undefined;
      case 'read-answered': {
        const floor = this.#floors.get(observation.read) ?? 0;
        if (observation.index >= floor) return undefined;
        return `a read was answered from entry ${observation.index}; when it was asked, ${floor} was committed`;
      }
      default:
        return undefined;
    }
  }
}
