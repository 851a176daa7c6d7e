/** Which answers came in which section, and which of them were wrong. */

import type { Heard } from './exchange.ts';
import { ANYTHING, type HostileCase } from './hostile-case.ts';

const WRONG_SHOWN_MAX = 50;
/** A busy store may say so to anything. */
const BUSY = /^503 [\w-]+$/;

export class Verdicts {
  readonly #sections = new Map<string, Map<string, number>>();
  /** What the cluster did, worse than any answer. */
  readonly #deeds = new Map<string, number>();
  readonly #answers = new Map<string, number>();

  judge(section: string, { name, right }: HostileCase, { label, answers }: Heard): void {
    const counts = this.#sections.get(section) ?? new Map<string, number>();
    this.#sections.set(section, counts);
    const shown = label.length > 60 ? `${label.slice(0, 60)}...` : label;
    count(counts, shown);
    const undocumented = answers.find(({ isDocumented }) => !isDocumented);
    if (undocumented !== undefined)
      count(this.#answers, `${section}, ${name}: ${undocumented.label} is documented nowhere`);
    else if (!isRight(label, right))
      count(this.#answers, `${section}, ${name}: ${shown} instead of ${right.join(' or ')}`);
  }

  add(deed: string): void {
    count(this.#deeds, deed);
  }

  /** Deeds first; so many of either kind, and how many more there are. */
  get wrong(): readonly string[] {
    return [...shownOf(this.#deeds), ...shownOf(this.#answers)];
  }

  /** A line for each section: how many cases, and what answered them. */
  get table(): readonly string[] {
    return [...this.#sections].map(([section, counts]) => {
      const answers = [...counts].sort(([, left], [, right]) => right - left);
      const cases = answers.reduce((sum, [, count]) => sum + count, 0);
      return `${section}: ${cases} cases; ${answers.map(([label, count]) => `${count} x ${label}`).join(', ')}`;
    });
  }
}

/** An answer that is documented nowhere is none of these. */
function isRight(label: string, right: readonly string[]): boolean {
  return right.includes(label) || right.includes(ANYTHING) || BUSY.test(label);
}

function count(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}

function shownOf(wrong: ReadonlyMap<string, number>): readonly string[] {
  const lines = [...wrong].map(([line, times]) => (times === 1 ? line : `${line} (${times} times)`));
  const left = lines.length - WRONG_SHOWN_MAX;
  return left > 0 ? [...lines.slice(0, WRONG_SHOWN_MAX), `and ${left} more`] : lines;
}
