import type { Message, ReplicaId } from '../../../src/raft/index.ts';
import type { ClusterView } from '../cluster-view.ts';
import type { Observation } from '../observation.ts';
import type { Invariant } from './invariant.ts';

/** A disk votes for one candidate in a term, over all its lives (Raft §5.2). What counts is the vote that has left. */
export class OneVoteATerm implements Invariant {
  readonly name = 'one vote a term';
  readonly #votes = new Map<string, ReplicaId>();

  check(observation: Observation, _view: ClusterView): string | undefined {
    if (observation.type !== 'sent') return undefined;
    const { message } = observation;
    const candidate = votesFor(message);
    if (candidate === undefined) return undefined;
    const vote = `${message.from} with ${message.disk} in ${message.term}`;
    const known = this.#votes.get(vote) ?? candidate;
    this.#votes.set(vote, known);
    if (known === candidate) return undefined;
    return `replica ${message.from} votes in term ${message.term} for ${known} and for ${candidate}`;
  }
}

/** A candidate's request says that it has voted for itself. */
function votesFor(message: Message): ReplicaId | undefined {
  if (message.type === 'vote-request') return message.from;
  return message.type === 'vote-reply' && message.granted ? message.to : undefined;
}
