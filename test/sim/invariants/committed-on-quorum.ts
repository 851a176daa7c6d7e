import type { ClusterView } from '../cluster-view.ts';
import type { Observation } from '../observation.ts';
import type { Invariant } from './invariant.ts';

/** What is committed is on the disks of a majority at that moment: any majority that survives has it. */
export class CommittedOnQuorum implements Invariant {
  readonly name = 'committed on a quorum';

  check(observation: Observation, view: ClusterView): string | undefined {
    if (observation.type !== 'committed' || observation.known !== undefined) return undefined;
    const { entry } = observation;
    const holders = view.holders(entry);
    if (view.isMajority(holders)) return undefined;
    return `entry ${entry.index} of term ${entry.term} is committed, and on ${holders} of ${view.membership.voters.length} disks`;
  }
}
