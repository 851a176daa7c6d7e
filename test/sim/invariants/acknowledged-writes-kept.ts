import { BATCH } from '../../../src/replica/index.ts';
import type { ClusterView } from '../cluster-view.ts';
import type { Observation } from '../observation.ts';
import { isSameBytes } from '../shadow-log.ts';
import type { Invariant } from './invariant.ts';

/**
 * A write whose answer has left is committed, in the entry that the answer names, and a majority of the disks holds it
 * from then on, whatever crashes.
 */
export class AcknowledgedWritesKept implements Invariant {
  readonly name = 'acknowledged writes kept';
  #latest = 0;

  check(observation: Observation, view: ClusterView): string | undefined {
    switch (observation.type) {
      case 'acknowledged': {
        const { index, command } = observation;
        const entry = view.committed[index - 1]?.entry;
        if (entry === undefined) return `a write was acknowledged at ${index}, which is not committed`;
        const { commands } = entry.kind === 'command' ? BATCH.decode(entry.payload) : { commands: [] };
        if (!commands.some((held) => isSameBytes(held, command)))
          return `entry ${index} does not hold the write that was acknowledged with it`;
        this.#latest = Math.max(this.#latest, index);
        return this.#isKept(index, view);
      }
      case 'opened':
        return this.#latest === 0 ? undefined : this.#isKept(this.#latest, view);
      default:
        return undefined;
    }
  }

  /** Logs are equal up to an entry that they share, so the latest one speaks for all. */
  #isKept(index: number, view: ClusterView): string | undefined {
    const entry = view.committed[index - 1]?.entry;
    if (entry === undefined || view.isMajority(view.holders(entry))) return undefined;
    return `entry ${index} was acknowledged, and is on ${view.holders(entry)} disks only`;
  }
}
