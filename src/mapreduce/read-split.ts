import type { Document, InputSource } from './input.ts';
import { readText } from './read-text.ts';
import type { Split } from './splits.ts';

export function readSplit(
  source: InputSource,
  split: Split,
  contentsBytesMax: number,
): AsyncIterable<Document> {
  return split.type === 'text' ? readText(source, split, contentsBytesMax) : source.scan(split);
}
