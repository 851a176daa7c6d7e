import { type Application, collect } from '../application.ts';
import { wordsOf } from './words.ts';

/** The course's `indexer`: for each word, in how many documents it occurs, and in which. */
export const invertedIndex: Application = {
  map(name, contents, emit) {
    for (const word of new Set(wordsOf(contents))) emit(word, name);
  },
  // A large document comes in pieces, so it may name itself more than once.
  async reduce(_word, values) {
    const documents = [...new Set(await collect(values))].sort();
    return `${documents.length} ${documents.join(',')}`;
  },
};
