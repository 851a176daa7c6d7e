import type { ClusterView } from '../cluster-view.ts';
import type { Observation } from '../observation.ts';
import type { Invariant } from './invariant.ts';

/** An append carries no more payload than the limit, unless it is a single entry. */
export class MessageLimits implements Invariant {
  readonly name = 'message limits';
  readonly #messageBytesMax: number;

  constructor(messageBytesMax: number) {
    this.#messageBytesMax = messageBytesMax;
  }

  check(observation: Observation, _view: ClusterView): string | undefined {
    if (observation.type !== 'sent' || observation.message.type !== 'append-request') return undefined;
    const { entries } = observation.message;
    if (entries.length <= 1) return undefined;
    const bytes = entries.reduce((sum, { payload }) => sum + payload.byteLength, 0);
    if (bytes <= this.#messageBytesMax) return undefined;
    return `an append carries ${entries.length} entries of ${bytes} bytes; the limit is ${this.#messageBytesMax}`;
  }
}
