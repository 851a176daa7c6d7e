import type { Application } from '../application.ts';
import { linesOf } from './words.ts';

const OFFSET_DIGITS = 12;

/**
 * Distributed grep (MapReduce §2.3): the lines that match the argument `pattern`, a regular expression. The key is the
 * object and the line's byte offset, as `grep -b` prints it, so that lines come out in their order and none twice.
 */
export const grep: Application = {
  map(name, contents, emit, context) {
    const { pattern: source = '' } = context.arguments;
    const pattern = new RegExp(source, 'u');
    const encoder = new TextEncoder();
    let { offset } = context;
    for (const line of linesOf(contents)) {
      if (pattern.test(line)) emit(`${name}:${offset.toString().padStart(OFFSET_DIGITS, '0')}`, line);
      offset += encoder.encode(line).length + 1;
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
