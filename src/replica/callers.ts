/**
 * Those who wait for an answer of a replica.
 *
 * replica.A5  A caller is in this table from its call to its answer, whoever else keeps it meanwhile. So whatever is
 *     thrown on the way, `endAll` finds those whom nobody has answered (replica.A3).
 */

import type { Faults } from './faults.ts';

export class Callers {
  readonly #faults: Faults;
  /** Each gives one caller its last answer. */
  readonly #waiting = new Set<() => void>();

  constructor(faults: Faults) {
    this.#faults = faults;
  }

  /** `done`, to be called as often as one likes: the first answer counts. `atEnd` is the one for `endAll`. */
  add<Answer>(done: (answer: Answer) => void, atEnd: () => NoInfer<Answer>): (answer: Answer) => void {
    const end = (): void => answer(atEnd());
    const answer = (given: Answer): void => {
      if (!this.#waiting.delete(end)) return;
      this.#faults.attempt('a caller, at its answer', () => done(given));
    };
    this.#waiting.add(end);
    return answer;
  }

  endAll(): void {
    for (const end of [...this.#waiting]) end();
  }
}
