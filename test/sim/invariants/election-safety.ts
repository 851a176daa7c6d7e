import type { ClusterView } from '../cluster-view.ts';
import type { Life, Observation } from '../observation.ts';
import type { Invariant } from './invariant.ts';

/** At most one leader in a term (Raft figure 3). Two lives of one replica are two leaders. */
export class ElectionSafety implements Invariant {
  readonly name = 'election safety';
  readonly #leaders = new Map<number, Life>();

  check(observation: Observation, _view: ClusterView): string | undefined {
    if (observation.type !== 'stepped' || observation.status.role !== 'leader') return undefined;
    const { life, status } = observation;
    const known = this.#leaders.get(status.term);
    if (known === undefined) this.#leaders.set(status.term, life);
    if (known === undefined || known === life) return undefined;
    return `term ${status.term} has the leaders ${describe(known)} and ${describe(life)}`;
  }
}

function describe({ replica, incarnation }: Life): string {
  return `${replica} (life ${incarnation})`;
}
