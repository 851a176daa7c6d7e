import type { ClusterView } from '../cluster-view.ts';
import type { Observation } from '../observation.ts';
import type { Invariant } from './invariant.ts';

/** Whoever has lost its disk neither votes nor campaigns before the group knows the new one (raft.D1). */
export class ForgetfulHasNoVote implements Invariant {
  readonly name = 'forgetful has no vote';

  check(observation: Observation, view: ClusterView): string | undefined {
    if (observation.type !== 'sent') return undefined;
    const { message } = observation;
    const known = view.known.get(message.from);
    if (known === undefined || known === message.disk) return undefined;
    const isVote =
      message.type === 'vote-request' ||
      message.type === 'pre-vote-request' ||
      ((message.type === 'vote-reply' || message.type === 'pre-vote-reply') && message.granted);
    return isVote ? `replica ${message.from} has lost its disk, and sends a ${message.type}` : undefined;
  }
}
