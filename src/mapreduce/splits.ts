/** How a job's input becomes the input of its map tasks, and where they read it. */
import { type Described, natural, text, union } from '../codec/index.ts';
import { invariant } from '../raft/index.ts';

/** What one map task reads. */
export const split = union({
  /**
   * The bytes [start, end) of an object, for the lines that *begin* there: `readText` explains how a line that crosses
   * the boundary is read once and whole. The last line may reach beyond `end`, never beyond `objectBytes`. `name` is
   * what the application knows the object by.
   */
  text: { object: text, name: text, start: natural, end: natural, objectBytes: natural },
  /** One shard's part of a key prefix of the store. */
  keys: { prefix: text, shard: natural },
});
export type Split = Described<typeof split>;
export type TextSplit = Extract<Split, { type: 'text' }>;
export type KeySplit = Extract<Split, { type: 'keys' }>;

/** What one call of `map` gets. */
export interface Document {
  readonly name: string;
  /** Taken for UTF-8. */
  readonly contents: Uint8Array;
  /** Where the contents begin in the object. */
  readonly offset: number;
}

/** Where a job's input comes from. A call that throws fails the attempt, and the task is given out again. */
export interface InputSource {
  /** The bytes [start, end) of an object, no more and no fewer. `end` is at most the size the object was split by. */
  read(object: string, start: number, end: number): Promise<Uint8Array>;
  /** Key and value of each pair of the split, as name and contents; a page at a time, not all at once. */
  scan(split: KeySplit): AsyncIterable<Document>;
}

export interface InputObject {
  readonly object: string;
  /** As the user calls it. */
  readonly name: string;
  readonly bytes: number;
}

/** One object, one map task, as in the course; but an object above `splitBytesMax` becomes parts of nearly equal size. */
export function splitObjects(objects: readonly InputObject[], splitBytesMax: number): readonly TextSplit[] {
  invariant(splitBytesMax > 0, 'a split holds at least one byte');
  return objects.flatMap(({ object, name, bytes: objectBytes }) => {
    const parts = Math.max(1, Math.ceil(objectBytes / splitBytesMax));
    const boundary = (part: number): number => Math.floor((objectBytes * part) / parts);
    return Array.from({ length: parts }, (_, part) => {
      return { type: 'text', object, name, start: boundary(part), end: boundary(part + 1), objectBytes };
    });
  });
}
