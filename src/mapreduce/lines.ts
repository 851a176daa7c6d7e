/**
 * The lines of a text as bytes. Only a line feed ends one, and it is never part of another character in UTF-8: so
 * bytes that are no UTF-8 neither move a line nor join two, and an offset is that of the bytes as they came.
 */
import { decodeLooseText } from '../codec/index.ts';

export const LINE_FEED = 0x0a;

export interface Line {
  /** Without its line feed. What is not UTF-8 became U+FFFD. */
  readonly text: string;
  /** Where it begins in the input. */
  readonly offset: number;
  /** Its length in the input, without the line feed. */
  readonly bytes: number;
}

/** `offset` is where `bytes` begin in the input. */
export function* linesOf(bytes: Uint8Array, offset: number): Generator<Line, void> {
  for (let from = 0; from < bytes.length; ) {
    const found = bytes.indexOf(LINE_FEED, from);
    const end = found < 0 ? bytes.length : found;
    yield { text: decodeLooseText(bytes.subarray(from, end)), offset: offset + from, bytes: end - from };
    from = end + 1;
  }
}
