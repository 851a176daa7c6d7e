import type { KeySplit } from './splits.ts';

/** What one call of `map` gets. */
export interface Document {
  readonly name: string;
  readonly contents: string;
  /** Where the contents begin in the object. */
  readonly offset: number;
  readonly bytes: number;
}

/** Where a job's input comes from. A call that throws fails the attempt, and the task is given out again. */
export interface InputSource {
  /** The bytes [start, end) of an object, no more and no fewer. `end` is at most the size the object was split by. */
  read(name: string, start: number, end: number): Promise<Uint8Array>;
  /** Key and value of each pair of the split, as name and contents; a page at a time, not all at once. */
  scan(split: KeySplit): AsyncIterable<Document>;
}
