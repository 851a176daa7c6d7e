import type { Application, Arguments } from '../application.ts';
import { linesOf } from './texts.ts';

const COUNT_DEFAULT = 10;
const COUNT_MAX = 1_000;
const KEY = 'top';

/**
 * The N largest counts among lines of `key count`, which is what counting jobs put out: the second job of a pair.
 * The argument `n` says how many. Each piece of input, and each buffer of a mapper, passes on its own N only.
 */
export const top: Application = {
  map(_name, contents, emit, context) {
    const largest = new Largest(wanted(context.arguments));
    for (const line of linesOf(contents)) largest.add(line);
    for (const line of largest.lines()) emit(KEY, line);
  },
  async reduce(_key, values, context) {
    const largest = new Largest(wanted(context.arguments));
    for await (const line of values) largest.add(line);
    return largest.lines().join(', ');
  },
  checkArguments(given) {
    const n = wanted(given);
    const valid = Number.isInteger(n) && n >= 1 && n <= COUNT_MAX;
    return valid ? undefined : `the argument "n" must be an integer from 1 to ${COUNT_MAX}`;
  },
};

function wanted({ n }: Arguments): number {
  return n === undefined ? COUNT_DEFAULT : Number(n);
}

/** Keeps the N lines with the largest counts; of equal counts, the first by key. */
class Largest {
  readonly #wanted: number;
  readonly #kept: { readonly line: string; readonly count: number }[] = [];

  constructor(n: number) {
    this.#wanted = n;
  }

  add(line: string): void {
    const count = Number(line.slice(line.lastIndexOf(' ') + 1));
    if (!line.includes(' ') || !Number.isFinite(count)) return;
    const comesBefore = (kept: { line: string; count: number }): boolean =>
      kept.count > count || (kept.count === count && kept.line <= line);
    const last = this.#kept.at(-1);
    if (this.#kept.length === this.#wanted && last !== undefined && comesBefore(last)) return;
    const at = this.#kept.findLastIndex(comesBefore) + 1;
    this.#kept.splice(at, 0, { line, count });
    if (this.#kept.length > this.#wanted) this.#kept.pop();
  }

  lines(): readonly string[] {
    return this.#kept.map((kept) => kept.line);
  }
}
