/** What survives a crash of a lab server: the course's Persister, its two parts always saved together. */

import { encode } from 'cborg';
import {
  asIndex,
  type Entry,
  freshState,
  type HardState,
  invariant,
  type LogId,
  type Membership,
  type PersistedState,
  type SnapshotChunk,
  type SnapshotMeta,
  type Store,
} from '../../src/raft/index.ts';

export interface Snapshot {
  readonly meta: SnapshotMeta;
  readonly data: Uint8Array;
}

/** A value: each write makes a new one, so a copy of a persister is the persister. */
export interface Persister {
  readonly hardState: HardState;
  readonly membership: Membership;
  readonly compacted: LogId;
  readonly entries: readonly Entry[];
  /** Undefined until the first; it always reaches to `compacted`. */
  readonly snapshot: Snapshot | undefined;
  readonly staging: Staging | undefined;
}

interface Staging {
  readonly stream: string;
  readonly cursor: string;
  readonly data: Uint8Array;
}

export function freshPersister(membership: Membership): Persister {
  return { ...freshState(membership), snapshot: undefined, staging: undefined };
}

/** `snapshot` is the service's, which lets the log be compacted up to it. */
export function write(persister: Persister, store: Store, snapshot: Uint8Array | undefined): Persister {
  const { hardState, compactThrough, install } = store;
  const written = {
    ...persister,
    hardState: hardState ?? persister.hardState,
    compacted: compactThrough ?? persister.compacted,
    entries: writeEntries(persister.entries, store),
  };
  if (install !== undefined) return writeChunk(written, install);
  if (snapshot === undefined) return written;
  return {
    ...written,
    snapshot: { meta: { ...written.compacted, membership: written.membership }, data: snapshot },
  };
}

function writeEntries(
  entries: readonly Entry[],
  { truncateFrom, append, compactThrough }: Store,
): readonly Entry[] {
  const kept = truncateFrom === undefined ? entries : entries.filter(({ index }) => index < truncateFrom);
  const written = append.length === 0 ? kept : kept.concat(append);
  return compactThrough === undefined ? written : written.filter(({ index }) => index > compactThrough.index);
}

function writeChunk(persister: Persister, chunk: SnapshotChunk): Persister {
  const { staging } = persister;
  const isNext = staging?.stream === chunk.stream && staging.cursor === chunk.cursor;
  invariant(chunk.cursor === '' || isNext, `chunk ${chunk.cursor} of ${chunk.stream} is out of order`);
  const before = chunk.cursor === '' ? [] : (staging?.data ?? []);
  const data = Uint8Array.from([...before, ...chunk.data]);
  if (!chunk.done) return { ...persister, staging: { stream: chunk.stream, cursor: chunk.nextCursor, data } };
  const { snapshot: meta } = chunk;
  return { ...persister, membership: meta.membership, staging: undefined, snapshot: { meta, data } };
}

/** The service restores itself from the snapshot, so that is how far the state is applied. */
export function readState({ snapshot, ...state }: Persister): PersistedState {
  return { ...state, applied: snapshot?.meta.index ?? asIndex(0) };
}

/** Bytes of all that consensus keeps, entries included: what the course bounds as the log's size. */
export function raftStateSize({ hardState, membership, compacted, entries }: Persister): number {
  return encode([
    hardState.term,
    hardState.votedFor ?? null,
    membership.voters,
    membership.learners,
    compacted.index,
    compacted.term,
    entries.map(({ term, kind, payload }) => [term, kind, payload]),
  ]).byteLength;
}

export function snapshotSize({ snapshot }: Persister): number {
  return snapshot?.data.byteLength ?? 0;
}
