import { type Described, natural, text, union } from '../codec/index.ts';
import { invariant } from '../raft/index.ts';

/**
 * What one map task reads. A text split is the bytes [start, end) of an object, and stands for the lines that *begin*
 * there: read-split.ts explains how a line that crosses the boundary is read once and whole. A key split is one shard's
 * part of a key prefix of the store.
 */
export const split = union({
  text: {
    name: text,
    start: natural,
    end: natural,
    /** Of the whole object: the last line of a split may reach beyond `end`, never beyond this. */
    objectBytes: natural,
  },
  keys: { prefix: text, shard: natural },
});
export type Split = Described<typeof split>;
export type TextSplit = Extract<Split, { type: 'text' }>;
export type KeySplit = Extract<Split, { type: 'keys' }>;

export interface InputObject {
  readonly name: string;
  readonly bytes: number;
}

/** One object, one map task, as in the course; but an object above `splitBytesMax` becomes parts of nearly equal size. */
export function splitObjects(objects: readonly InputObject[], splitBytesMax: number): readonly TextSplit[] {
  invariant(splitBytesMax > 0, 'a split holds at least one byte');
  return objects.flatMap((object) => splitObject(object, splitBytesMax));
}

function splitObject(object: InputObject, splitBytesMax: number): readonly TextSplit[] {
  const parts = Math.max(1, Math.ceil(object.bytes / splitBytesMax));
  const boundary = (part: number): number => Math.floor((object.bytes * part) / parts);
  return Array.from({ length: parts }, (_, part) => ({
    type: 'text',
    name: object.name,
    start: boundary(part),
    end: boundary(part + 1),
    objectBytes: object.bytes,
  }));
}

/** A job over the store: every shard is a split. */
export function splitPrefix(prefix: string, shards: readonly number[]): readonly KeySplit[] {
  return shards.map((shard) => ({ type: 'keys', prefix, shard }));
}
