import type { Status } from '../../../src/raft/index.ts';
import type { ClusterView } from '../cluster-view.ts';
import type { Life, Observation } from '../observation.ts';
import type { Invariant } from './invariant.ts';

/** Who is asked for a pre-vote keeps its term, its vote and its role (thesis §9.6; raft.E3). */
export class PreVoteChangesNothing implements Invariant {
  readonly name = 'pre-vote changes nothing';
  readonly #last = new WeakMap<Life, Status>();
  #asked: Life | undefined;

  check(observation: Observation, _view: ClusterView): string | undefined {
    if (observation.type === 'received') {
      this.#asked = observation.message.type === 'pre-vote-request' ? observation.life : undefined;
      return undefined;
    }
    if (observation.type !== 'stepped') return undefined;
    const { life, status } = observation;
    const before = this.#last.get(life);
    this.#last.set(life, status);
    const wasAsked = this.#asked === life;
    this.#asked = undefined;
    if (!wasAsked || before === undefined || isSame(before, status)) return undefined;
    return `replica ${life.replica} was asked for a pre-vote in term ${before.term} as ${before.role}, and is in term ${status.term} as ${status.role}`;
  }
}

function isSame(left: Status, right: Status): boolean {
  return left.term === right.term && left.votedFor === right.votedFor && left.role === right.role;
}
