import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readLines } from './book.ts';

export interface NamedText {
  readonly name: string;
  readonly contents: string;
}

const BOOKS = process.env['BOOKS_DIR'] ?? fileURLToPath(new URL('../../../shared/books', import.meta.url));

/** The course's `early_exit` takes its time over Sherlock and Tom, so two parts are called so. */
const PARTS = ['ahab', 'ishmael', 'pequod', 'queequeg', 'sherlock', 'starbuck', 'stubb', 'tom'];

/** The course's eight books if they are there, else "Moby Dick" in eight parts. */
export function eightTexts(): readonly NamedText[] {
  if (existsSync(BOOKS))
    return readdirSync(BOOKS)
      .filter((file) => file.endsWith('.txt'))
      .map(readBook);
  const lines = readLines();
  const linesPerPart = Math.ceil(lines.length / PARTS.length);
  return PARTS.map((part, at) => ({
    name: `pg-${part}.txt`,
    contents: lines.slice(at * linesPerPart, (at + 1) * linesPerPart).join(''),
  }));
}

function readBook(file: string): NamedText {
  return { name: basename(file), contents: readFileSync(join(BOOKS, file), 'utf8') };
}
