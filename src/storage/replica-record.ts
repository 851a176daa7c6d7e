/**
 * All that a replica remembers beside its log and its state: small, changed together, and so kept as one value in one
 * row. A turn that changes the term, the applied index and the compacted index still writes a single row. One that only
 * appends to the log writes none; the applied index is that of the last checkpoint (write-behind.ts).
 *
 * Invariants:
 * storage.R1  The term never falls, and within a term a vote once given stays (Raft §5.2).
 * storage.R2  The applied index never falls.
 * storage.R3  Nothing is compacted that is not applied in the state on the disk: that stands for it.
 * storage.R4  The log is contiguous and begins right after the compacted entry.
 * storage.R5  A chunk goes on where the last one of its stream ended, or begins a new stream.
 */

import { Codec, type Described, natural, naturalUpTo, optional, text, tuple } from '../codec/index.ts';
import {
  asIndex,
  type DiskId,
  type Entry,
  freshState,
  type HardState,
  type Index,
  invariant,
  type LogId,
  type Membership,
  type SnapshotChunk,
  type Store,
} from '../raft/index.ts';
import { diskId, logId, membership, replicaId, term } from './raft-shapes.ts';
import type { OpenedStorage, Turn } from './replica-storage.ts';

const replicaRecord = tuple({
  incarnation: natural,
  hardState: tuple({ term, votedFor: optional(replicaId) }),
  /** Of this disk; made when it was new, if the host gives ids to disks. */
  disk: optional(diskId),
  membership,
  compacted: logId,
  applied: logId,
  /** A snapshot that was received in part; its rows are in the table that is not current. */
  staging: optional(tuple({ stream: text, cursor: text })),
  /** Which of the two state tables holds the state. */
  currentTable: naturalUpTo<0 | 1>(1),
  /** Turns that had nothing else to write: what makes a zombie's read fail (platform: two live instances). */
  touches: natural,
});
export type ReplicaRecord = Described<typeof replicaRecord>;

export const REPLICA_RECORD: Codec<ReplicaRecord> = new Codec('the record of a replica', replicaRecord, 3);

/** The record with which a new incarnation begins, given what the last one left. A disk that is new gets the id `newDisk`. */
export function nextIncarnation(
  left: ReplicaRecord | undefined,
  membership: Membership,
  newDisk: DiskId | undefined,
): ReplicaRecord {
  if (left !== undefined) return { ...left, incarnation: left.incarnation + 1 };
  const { hardState, compacted, staging } = freshState(membership);
  const applied = compacted;
  const begun = { incarnation: 1, disk: newDisk, touches: 0, currentTable: 0 } as const;
  return { ...begun, hardState, membership, compacted, applied, staging };
}

/** The record after a turn; the very same object when the turn changes nothing of it. */
export function recordAfter(record: ReplicaRecord, { store, applied }: Turn): ReplicaRecord {
  let next = record;
  if (store?.hardState !== undefined) next = withHardState(next, store.hardState);
  if (store?.install !== undefined) next = withChunk(next, store.install);
  if (applied !== undefined) next = withApplied(next, applied.through);
  if (store?.membership !== undefined) next = { ...next, membership: store.membership };
  if (store?.compactThrough !== undefined) next = withCompacted(next, store.compactThrough);
  invariant(
    next.compacted.index <= next.applied.index,
    `storage.R3: compacted through ${next.compacted.index}, applied only through ${next.applied.index}`,
  );
  const mustTouch = store?.touch === true && next === record && store.append.length === 0;
  return mustTouch ? { ...record, touches: record.touches + 1 } : next;
}

/** The index of the last log entry, or of the compacted one if there is none, after a turn that stores this. */
export function lastIndexAfter(lastIndex: Index, store: Store): Index {
  const { truncateFrom, install, append, compactThrough } = store;
  let last: number = lastIndex;
  if (truncateFrom !== undefined) last = Math.min(last, truncateFrom - 1);
  if (install?.done) last = Math.max(last, install.snapshot.index);
  for (const entry of append) {
    invariant(entry.index === last + 1, `storage.R4: entry ${entry.index} appended after ${last}`);
    last = entry.index;
  }
  invariant(
    compactThrough === undefined || compactThrough.index <= last,
    `storage.R4: compacted through ${compactThrough?.index}, but the log ends at ${last}`,
  );
  return asIndex(last);
}

/** What the core wants to know of the last incarnation. */
export function openedStorage(record: ReplicaRecord, entries: readonly Entry[]): OpenedStorage {
  const { incarnation, applied, hardState, membership, compacted, staging, disk } = record;
  return {
    incarnation,
    state: { hardState, membership, compacted, entries, applied: applied.index, staging, disk },
  };
}

/** The other of the two state tables: the staging area. */
export function stagingTable(record: ReplicaRecord): 0 | 1 {
  return record.currentTable === 0 ? 1 : 0;
}

function withHardState(record: ReplicaRecord, hardState: HardState): ReplicaRecord {
  const { term, votedFor } = record.hardState;
  invariant(hardState.term >= term, `storage.R1: term ${hardState.term} after term ${term}`);
  invariant(
    hardState.term > term || votedFor === undefined || votedFor === hardState.votedFor,
    `storage.R1: the vote of term ${term} was for ${votedFor}, not for ${hardState.votedFor}`,
  );
  return { ...record, hardState };
}

function withChunk(record: ReplicaRecord, chunk: SnapshotChunk): ReplicaRecord {
  const { staging } = record;
  invariant(
    chunk.cursor === '' || (staging?.stream === chunk.stream && staging.cursor === chunk.cursor),
    `storage.R5: chunk at ${JSON.stringify(chunk.cursor)} of stream ${chunk.stream}; staged is ${JSON.stringify(staging)}`,
  );
  if (!chunk.done) return { ...record, staging: { stream: chunk.stream, cursor: chunk.nextCursor } };
  const { index, term, membership } = chunk.snapshot;
  const installed = {
    ...withApplied(record, { index, term }),
    membership,
    staging: undefined,
    currentTable: stagingTable(record),
  };
  return withCompacted(installed, { index, term });
}

function withApplied(record: ReplicaRecord, through: LogId): ReplicaRecord {
  const { applied } = record;
  invariant(through.index >= applied.index, `storage.R2: applied ${through.index} after ${applied.index}`);
  return sameLogId(through, applied)
    ? record
    : { ...record, applied: { index: through.index, term: through.term } };
}

function withCompacted(record: ReplicaRecord, through: LogId): ReplicaRecord {
  const { compacted } = record;
  if (through.index <= compacted.index) return record;
  return { ...record, compacted: { index: through.index, term: through.term } };
}

function sameLogId(left: LogId, right: LogId): boolean {
  return left.index === right.index && left.term === right.term;
}
