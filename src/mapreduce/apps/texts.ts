/** Applications that count or find what is in texts. */
import { textByteLength } from '../../codec/index.ts';
import { type Application, collect } from '../application.ts';

const OFFSET_DIGITS = 12;
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
export const wordCount: Application = counting(WORD);

/** Count of URL access frequency (MapReduce §2.3), over web server logs or any other text. */
export const urlCount: Application = counting(URL_IN_TEXT);

/** The course's `indexer`: for each word, in how many documents it occurs, and in which. */
export const invertedIndex: Application = {
  map(name, contents, emit) {
    const words = new Set<string>();
    for (const [word] of contents.matchAll(WORD)) words.add(word);
    for (const word of words) emit(word, name);
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
export const grep: Application = {
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

export function* linesOf(text: string): Generator<string, void> {
  for (let from = 0; from < text.length; ) {
    const found = text.indexOf('\n', from);
    const end = found < 0 ? text.length : found;
    yield text.slice(from, end);
    from = end + 1;
  }
}
