/** The disk of a lab server: what consensus keeps, and the service's snapshot, always written together. */

import type { ChunkRequest, Index, PersistedState, SnapshotChunk, Store } from '../../src/raft/index.ts';

export interface ServiceSnapshot {
  readonly index: Index;
  readonly data: Uint8Array;
}

export interface RaftDisk {
  /** What the last incarnation left. */
  readonly state: PersistedState;
  /** The newest that was written or installed. */
  readonly snapshot: ServiceSnapshot | undefined;
  /** Bytes of all that consensus keeps, entries included: what the course bounds as the log's size. */
  readonly raftStateSize: number;
  readonly snapshotSize: number;
  /** `snapshot` is the service's, which lets the log be compacted up to it. */
  write(store: Store, snapshot: Uint8Array | undefined): void;
  /** Calls back, in order, once everything written before would survive a crash. */
  flush(onDurable: () => void): void;
  /** A stream is one snapshot, whole and unchanged. A stream that is gone is answered with the beginning of another. */
  readChunk(request: ChunkRequest, compacted: Index, nowMs: number): SnapshotChunk;
}
