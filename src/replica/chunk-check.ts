/** Whether a chunk of a snapshot can be taken: read whole before any of it is written, since it becomes the state. */

import { tryDecodeRowChanges } from '../codec/index.ts';
import type { SnapshotChunk } from '../raft/index.ts';
import { compareKeys, rowFits } from '../storage/index.ts';

/** `readsRow`: whether the state machine can read a row. */
export function isReadableChunk(
  { cursor, nextCursor, data, done }: SnapshotChunk,
  readsRow: (key: string, value: Uint8Array) => boolean,
): boolean {
  const rows = tryDecodeRowChanges(data);
  if (rows === undefined) return false;
  let last = cursor;
  for (const [key, value] of rows) {
    const isNext = value !== undefined && compareKeys(last, key) < 0 && rowFits(key, value);
    if (!isNext || !readsRow(key, value)) return false;
    last = key;
  }
  return done || last === nextCursor;
}
