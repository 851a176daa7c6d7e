/**
 * A user's pattern, matched in time that is linear in the text whatever it says (docs/decisions/0009). Linear is not
 * yet short: the time for a line is bounded by its length times the size of the pattern's program, so both are.
 */
import { RE2JS, RE2JSException } from 're2js';
import { textByteLength } from '../codec/index.ts';
import { HopelessError } from './application.ts';
import type { Line } from './lines.ts';

export const PATTERN_LIMITS = {
  patternBytesMax: 1_024,
  /** What the counts of all repetitions (`{3}`, `{2,9}`) add up to: compiling unrolls them. */
  repetitionsMax: 1_000,
  /** Instructions of the program that the pattern is compiled to. */
  instructionsMax: 1_000,
  /** Bytes of a line times instructions. The worst patterns and lines that were tried take 40 ns for each. */
  workMax: 32 * 1_024 * 1_024,
} as const;

/** So much work is done before others get their turn. */
const WORK_PER_TURN = 2 * 1_024 * 1_024;

const REPETITION = /\{(\d+)(?:,(\d*))?\}/g;

export class Pattern {
  readonly #compiled: RE2JS;
  readonly #instructions: number;
  #work = 0;

  private constructor(compiled: RE2JS) {
    this.#compiled = compiled;
    this.#instructions = compiled.programSize();
  }

  /** What is wrong with it, as a text. */
  static compile(source: string): Pattern | string {
    const { patternBytesMax, repetitionsMax, instructionsMax } = PATTERN_LIMITS;
    if (textByteLength(source) > patternBytesMax) return `it is longer than ${patternBytesMax} bytes`;
    if (repetitionsIn(source) > repetitionsMax) return `it repeats more than ${repetitionsMax} times`;
    try {
      const pattern = new Pattern(RE2JS.compile(source));
      return pattern.#instructions > instructionsMax ? 'it is too large when compiled' : pattern;
    } catch (error) {
      // Lookahead, lookbehind and back references are mistakes as well: there is no linear way to match them.
      if (error instanceof RE2JSException) return error.message;
      throw error;
    }
  }

  matches(name: string, { text, bytes, offset }: Line): boolean {
    const work = bytes * this.#instructions;
    if (work > PATTERN_LIMITS.workMax) {
      const most = Math.floor(PATTERN_LIMITS.workMax / this.#instructions);
      throw new HopelessError(
        `${name}, offset ${offset}: the line is ${bytes} bytes long, and a pattern of ` +
          `${this.#instructions} instructions takes at most ${most}`,
      );
    }
    this.#work += work;
    return this.#compiled.test(text);
  }

  /** Has so much been done that others should get their turn? Begins to count anew if so. */
  isTurnOver(): boolean {
    const isOver = this.#work >= WORK_PER_TURN;
    if (isOver) this.#work = 0;
    return isOver;
  }
}

function repetitionsIn(source: string): number {
  let sum = 0;
  for (const [, least = '', most = ''] of source.matchAll(REPETITION)) sum += Number(most || least);
  return sum;
}
