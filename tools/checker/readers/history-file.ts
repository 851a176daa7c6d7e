/** What every reader answers, and how it complains. */

import type { Operation } from '../history.ts';
import type { KeyValueInput, KeyValueModel, KeyValueOutput } from '../key-value-model.ts';

export type KeyValueOperation = Operation<KeyValueInput, KeyValueOutput>;

export interface HistoryFile {
  readonly operations: readonly KeyValueOperation[];
  /** What the recorded store answers for a key that was never written differs from store to store. */
  readonly model: KeyValueModel;
}

export interface Line {
  /** From 1. */
  readonly number: number;
  readonly text: string;
}

/** The text is not a history. The message names the file and the line. */
export class HistoryFormatError extends Error {
  override readonly name = 'HistoryFormatError';

  constructor(file: string, line: number, problem: string) {
    super(`${file}:${line}: ${problem}`);
  }
}

/** The lines that are not blank. */
export function linesOf(text: string): readonly Line[] {
  return text
    .split('\n')
    .map((line, index) => ({ number: index + 1, text: line.trim() }))
    .filter((line) => line.text !== '');
}
