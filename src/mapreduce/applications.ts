/** The applications that a deployment has: they count or find what is in texts. */
import { textByteLength } from '../codec/index.ts';
import { type Application, type Applications, type Arguments, collect } from './application.ts';

const OFFSET_DIGITS = 12;
const TOP_DEFAULT = 10;
const TOP_MAX = 1_000;
const TOP_KEY = 'top';
const URL_IN_TEXT = /https?:\/\/[^\s"'<>()[\]]+/gu;

/** What the lab takes for a word: a longest sequence of letters. */
const WORD = /\p{L}+/gu;

/** How often each match of the pattern occurs. */
function counting(pattern: RegExp): Application {
  return {
    map(_name, contents, emit) {
      for (const [match] of contents.matchAll(pattern)) emit(match, '1');
    },
    async reduce(_key, values) {
      let sum = 0;
      for await (const value of values) sum += Number(value);
      return String(sum);
    },
    combine: (_key, values) => String(values.reduce((sum, value) => sum + Number(value), 0)),
  };
}

/** The course's `wc`. */
const wordCount: Application = counting(WORD);

/** Count of URL access frequency (MapReduce §2.3), over web server logs or any other text. */
const urlCount: Application = counting(URL_IN_TEXT);

/** The course's `indexer`: for each word, in how many documents it occurs, and in which. */
const invertedIndex: Application = {
  map(name, contents, emit) {
    for (const word of new Set(contents.match(WORD))) emit(word, name);
  },
  // A large document comes in pieces, so it may name itself more than once.
  async reduce(_word, values) {
    const documents = [...new Set(await collect(values))].sort();
    return `${documents.length} ${documents.join(',')}`;
  },
};

/**
 * Distributed grep (MapReduce §2.3): the lines that match the argument `pattern`, a regular expression. The key is the
 * object and the line's byte offset, as `grep -b` prints it, so that lines come out in their order and none twice.
 */
const grep: Application = {
  map(name, contents, emit, context) {
    const { pattern: source = '' } = context.arguments;
    const pattern = new RegExp(source, 'u');
    let { offset } = context;
    for (const line of linesOf(contents)) {
      if (pattern.test(line)) emit(`${name}:${offset.toString().padStart(OFFSET_DIGITS, '0')}`, line);
      offset += textByteLength(line) + 1;
    }
  },
  async reduce(_key, values) {
    for await (const line of values) return line;
    return '';
  },
  checkArguments({ pattern }) {
    if (pattern === undefined) return 'the argument "pattern" is missing';
    try {
      new RegExp(pattern, 'u');
      return undefined;
    } catch (error) {
      return String(error);
    }
  },
};

/**
 * The N largest counts among lines of `key count`, which is what counting jobs put out: the second job of a pair.
 * The argument `n` says how many. Each piece of input, and each buffer of a mapper, passes on its own N only.
 */
const top: Application = {
  map(_name, contents, emit, context) {
    const largest = new Largest(wanted(context.arguments));
    for (const line of linesOf(contents)) largest.add(line);
    for (const line of largest.lines()) emit(TOP_KEY, line);
  },
  async reduce(_key, values, context) {
    const largest = new Largest(wanted(context.arguments));
    for await (const line of values) largest.add(line);
    return largest.lines().join(', ');
  },
  checkArguments(given) {
    const n = wanted(given);
    const valid = Number.isInteger(n) && n >= 1 && n <= TOP_MAX;
    return valid ? undefined : `the argument "n" must be an integer from 1 to ${TOP_MAX}`;
  },
};

function wanted({ n }: Arguments): number {
  return n === undefined ? TOP_DEFAULT : Number(n);
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
    this.#kept.push({ line, count });
    if (this.#kept.length > 2 * this.#wanted) this.#trim();
  }

  lines(): readonly string[] {
    this.#trim();
    return this.#kept.map((kept) => kept.line);
  }

  #trim(): void {
    this.#kept.sort((one, other) => other.count - one.count || (one.line < other.line ? -1 : 1));
    this.#kept.length = Math.min(this.#kept.length, this.#wanted);
  }
}

function* linesOf(text: string): Generator<string, void> {
  for (let from = 0; from < text.length; ) {
    const found = text.indexOf('\n', from);
    const end = found < 0 ? text.length : found;
    yield text.slice(from, end);
    from = end + 1;
  }
}

/** The course's have the course's names. */
export const APPLICATIONS: Applications = new Map([
  ['wc', wordCount],
  ['indexer', invertedIndex],
  ['grep', grep],
  ['urls', urlCount],
  ['top', top],
]);
