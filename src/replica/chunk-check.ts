/** Whether a chunk of a snapshot can be taken: read whole before any of it is written, since it becomes the state. */

import { tryDecodeRowChanges } from '../codec/index.ts';
import type { Index, SnapshotChunk } from '../raft/index.ts';
import { compareKeys, rowFits } from '../storage/index.ts';
import { EXECUTED_PART, EXECUTED_PART_KEY } from './batch-codec.ts';

/** `readsRow`: whether the state machine can read a row. */
export function isReadableChunk(
  { snapshot, cursor, nextCursor, data, done }: SnapshotChunk,
  readsRow: (key: string, value: Uint8Array) => boolean,
): boolean {
  const rows = tryDecodeRowChanges(data);
  if (rows === undefined) return false;
  let last = cursor;
  for (const [key, value] of rows) {
    const isNext = value !== undefined && compareKeys(last, key) < 0 && rowFits(key, value);
    if (!isNext || !isPartOf(snapshot.index, key, value) || !readsRow(key, value)) return false;
    last = key;
  }
  return done || last === nextCursor;
}

/** The replica's own row names the entry after the state, which is executed in part (replica.X3). */
function isPartOf(index: Index, key: string, value: Uint8Array): boolean {
  return key !== EXECUTED_PART_KEY || EXECUTED_PART.tryDecode(value)?.index === index + 1;
}
