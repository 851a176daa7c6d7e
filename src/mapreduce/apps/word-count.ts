import type { Application } from '../application.ts';
import { sumSome, sumValues } from './sum.ts';
import { wordsOf } from './words.ts';

/** The course's `wc`: how often each word occurs. */
export const wordCount: Application = {
  map(_name, contents, emit) {
    for (const word of wordsOf(contents)) emit(word, '1');
  },
  reduce: sumValues,
  combine: sumSome,
};
