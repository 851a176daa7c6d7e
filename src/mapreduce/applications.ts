/** The applications that a deployment has: they count or find what is in texts. */
import { textByteLength } from '../codec/index.ts';
import { type Application, type Applications, type Arguments, HopelessError } from './application.ts';
import { Pattern } from './pattern.ts';

const OFFSET_DIGITS = 12;
const TOP_DEFAULT = 10;
const TOP_MAX = 1_000;
const TOP_KEY = 'top';
/** Each of these is kept as a text, a few thousand at a time. */
const TOP_LINE_BYTES_MAX = 8_192;
/** Of the names in one line of the index. */
const DOCUMENTS_BYTES_MAX = 4 * 1_024 * 1_024;
const COUNTED_LINE = / (\d{1,15})$/;
const URL_IN_TEXT = /https?:\/\/[^\s"'<>()[\]]+/gu;
const NEVER_IN_URL = /[\s"'<>()[\]]/u;

/** What the lab takes for a word: a longest sequence of letters. */
const WORD = /\p{L}+/gu;
const LETTER = /\p{L}/u;

const isNoLetter = (character: string): boolean => !LETTER.test(character);

/** How often each match of the pattern occurs. */
function counting(pattern: RegExp, endsWord: (character: string) => boolean): Application {
  return {
    endsWord,
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
const wordCount: Application = counting(WORD, isNoLetter);

/** Count of URL access frequency (MapReduce §2.3), over web server logs or any other text. */
const urlCount: Application = counting(URL_IN_TEXT, (character) => NEVER_IN_URL.test(character));

/** The course's `indexer`: for each word, in how many documents it occurs, and in which. */
const invertedIndex: Application = {
  endsWord: isNoLetter,
  map(name, contents, emit) {
    for (const word of new Set(contents.match(WORD))) emit(word, name);
  },
  // A large document comes in pieces, so it may name itself more than once.
  async reduce(word, values) {
    const documents = new Set<string>();
    let bytes = 0;
    for await (const name of values) {
      if (documents.has(name)) continue;
      documents.add(name);
      bytes += textByteLength(name);
      if (bytes > DOCUMENTS_BYTES_MAX)
        throw new HopelessError(
          `the names of the documents with ${JSON.stringify(word)} take more than ${DOCUMENTS_BYTES_MAX} bytes`,
        );
    }
    return `${documents.size} ${[...documents].sort().join(',')}`;
  },
};

/**
 * Distributed grep (MapReduce §2.3): the lines that match the argument `pattern`, a regular expression. The key is the
 * document and the line's byte offset, as `grep -b` prints it, so that lines come out in their order and none twice.
 */
const grep: Application = {
  async map(name, _contents, emit, context) {
    const pattern = patternOf(context.arguments);
    for (const line of context.lines()) {
      if (pattern.matches(name, line))
        emit(`${name}:${line.offset.toString().padStart(OFFSET_DIGITS, '0')}`, line.text);
      if (pattern.isTurnOver()) await context.giveWay();
    }
  },
  async reduce(_key, values) {
    for await (const line of values) return line;
    return '';
  },
  checkArguments({ pattern: source }) {
    if (source === undefined) return 'the argument "pattern" is missing';
    const pattern = Pattern.compile(source);
    return typeof pattern === 'string' ? `the argument "pattern" is no pattern: ${pattern}` : undefined;
  },
};

/** A task has one object of arguments, and many pieces of text. */
const patterns = new WeakMap<Arguments, Pattern>();

function patternOf(given: Arguments): Pattern {
  const known = patterns.get(given);
  if (known !== undefined) return known;
  const pattern = Pattern.compile(given['pattern'] ?? '');
  if (typeof pattern === 'string') throw new HopelessError(`the argument "pattern": ${pattern}`);
  patterns.set(given, pattern);
  return pattern;
}

/**
 * The N largest counts among lines of `key count`, which is what counting jobs put out: the second job of a pair.
 * The argument `n` says how many. Each piece of input, and each buffer of a mapper, passes on its own N only.
 */
const top: Application = {
  map(name, _contents, emit, context) {
    const largest = new Largest(wanted(context.arguments));
    for (const { text, offset, bytes } of context.lines()) {
      if (bytes > TOP_LINE_BYTES_MAX)
        throw new HopelessError(`${name}, offset ${offset}: a line of more than ${TOP_LINE_BYTES_MAX} bytes`);
      largest.add(text);
    }
    for (const line of largest.lines()) emit(TOP_KEY, line);
  },
  async reduce(_key, values, context) {
    const largest = new Largest(wanted(context.arguments));
    for await (const line of values) largest.add(line);
    return largest.lines().join(', ');
  },
  checkArguments(given) {
    const n = wanted(given);
    const isNumber = /^\d{1,4}$/.test(given['n'] ?? '1');
    return isNumber && n >= 1 && n <= TOP_MAX
      ? undefined
      : `the argument "n" must be an integer from 1 to ${TOP_MAX}`;
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
    const count = COUNTED_LINE.exec(line)?.[1];
    if (count === undefined) return;
    this.#kept.push({ line, count: Number(count) });
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

/** The course's have the course's names. */
export const APPLICATIONS: Applications = new Map([
  ['wc', wordCount],
  ['indexer', invertedIndex],
  ['grep', grep],
  ['urls', urlCount],
  ['top', top],
]);
