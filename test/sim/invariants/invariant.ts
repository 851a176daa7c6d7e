import type { ClusterView } from '../cluster-view.ts';
import type { Observation } from '../observation.ts';

/** A property of the protocol, checked with every observation. Holds what it must remember, and nothing else. */
export interface Invariant {
  readonly name: string;
  /** What is wrong, if something is. The view already includes the observation. */
  check(observation: Observation, view: ClusterView): string | undefined;
}
