import { asIndex, type Entry } from '../../../src/raft/index.ts';
import type { ClusterView } from '../cluster-view.ts';
import type { Observation } from '../observation.ts';
import { isSameEntry, type ShadowLog } from '../shadow-log.ts';
import type { Invariant } from './invariant.ts';

const TERMS_MAX = 2 ** 20;

/**
 * Two entries of one index and term are the same, and stand behind the same entry: so, by induction, logs that agree
 * in one entry agree in all before it (Raft figure 3, §5.3).
 */
export class LogMatching implements Invariant {
  readonly name = 'log matching';
  readonly #entries = new Map<number, { readonly entry: Entry; previousTerm: number | undefined }>();

  check(observation: Observation, view: ClusterView): string | undefined {
    if (observation.type !== 'written' || observation.turn.store === undefined) return undefined;
    const { log } = view.life(observation.life);
    for (const entry of observation.turn.store.append) {
      const problem = this.#compare(entry, log);
      if (problem !== undefined) return `replica ${observation.life.replica}: ${problem}`;
    }
    return undefined;
  }

  #compare(entry: Entry, log: ShadowLog): string | undefined {
    const previousTerm = log.term(asIndex(entry.index - 1));
    const place = entry.index * TERMS_MAX + entry.term;
    const known = this.#entries.get(place);
    if (known === undefined) {
      this.#entries.set(place, { entry, previousTerm });
      return undefined;
    }
    if (!isSameEntry(known.entry, entry))
      return `entry ${entry.index} of term ${entry.term} differs from another log's`;
    known.previousTerm ??= previousTerm;
    if (previousTerm === undefined || known.previousTerm === previousTerm) return undefined;
    return `entry ${entry.index} of term ${entry.term} follows one of term ${previousTerm}, elsewhere of ${known.previousTerm}`;
  }
}
