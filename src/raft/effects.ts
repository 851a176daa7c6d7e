/**
 * The two sides of the core's door: what may happen to a replica, and what its host must then do. Both are plain data,
 * so a run can be recorded and repeated.
 */

import type { Membership } from './membership.ts';
import type { Message, Request } from './messages.ts';
import type { Entry, HardState, Index, LogId, Readmission, ReplicaId, SnapshotChunk, Term } from './types.ts';

/** All that can happen to a replica. Each input goes through `Raft.step` together with the time it came. */
export type Input =
  | { readonly type: 'message'; readonly message: Message }
  /** Time has passed. Also the way to say that `deadline()` is due. */
  | { readonly type: 'tick' }
  | { readonly type: 'propose'; readonly payload: Uint8Array }
  /** Ask for a linearizable read; the answer names `id` in `Effects.reads`, in this step or a later one. */
  | { readonly type: 'read'; readonly id: number }
  /** All writes up to and including this `Store.id` are on disk. */
  | { readonly type: 'stored'; readonly id: number }
  /** The host has applied all entries up to this index. */
  | { readonly type: 'applied'; readonly index: Index }
  /** The log may forget what leads up to `through`: the host writes the state up to there not later than that. */
  | { readonly type: 'compact'; readonly through: Index }
  /** Hold an election now: the group was asleep, or has just been created. Without effect while one is held. */
  | { readonly type: 'campaign' }
  | { readonly type: 'transfer'; readonly to: ReplicaId }
  /** An operator takes back the voter that has lost its disk; `Raft.standingOf` tells what becomes of it. */
  | { readonly type: 'readmit'; readonly readmission: Readmission }
  /** There will be no reply to this request, which the host gives back as it got it. Nothing depends on it but speed. */
  | { readonly type: 'lost'; readonly message: Request }
  /** The answer to `Effects.chunkRequests`. */
  | { readonly type: 'snapshot-chunk'; readonly to: ReplicaId; readonly chunk: SnapshotChunk };

/** One atomic write. Entries with an index at or above `truncateFrom` go before `append` is added. */
export interface Store {
  /** Rises by one with each write; the host confirms it with `stored`. */
  readonly id: number;
  readonly hardState: HardState | undefined;
  readonly truncateFrom: Index | undefined;
  readonly append: readonly Entry[];
  /** The log now begins after this entry; it and all before it may be deleted. */
  readonly compactThrough: LogId | undefined;
  /** A chunk for the staging area; when `done`, staged state replaces the state in the same write. */
  readonly install: SnapshotChunk | undefined;
  /** Something must reach the disk in this turn even if all else is empty: see docs/decisions/0003. */
  readonly touch: boolean;
  /** Who belongs to the group from now on, and with which disks. */
  readonly membership?: Membership | undefined;
}

/** Why the core does not do what it was asked. */
export type Declined =
  | { readonly type: 'not-leader'; readonly leader: ReplicaId | undefined }
  /** What waits already is at its limit; try again later. */
  | { readonly type: 'overloaded' }
  /** What would be added has no room on the disks of a majority; deletions still find some. */
  | { readonly type: 'storage-full' };

export type ProposalOutcome =
  | { readonly type: 'accepted'; readonly index: Index; readonly term: Term }
  | Declined;

/** "The peer lacks what the log no longer holds: give me the chunk that begins at `cursor`." */
export interface ChunkRequest {
  readonly to: ReplicaId;
  /** The stream the peer is in the middle of; undefined to begin a new one. */
  readonly stream: string | undefined;
  readonly cursor: string;
}

/**
 * What a host must do after a step, in this order:
 * 1. send `messages`: they promise nothing, so they need not wait for the disk;
 * 2. write `store`, and the state that `apply` leads to, in one transaction;
 * 3. send `promises` (votes, acknowledgements) once that write and all earlier ones are durable, also when this step
 *    wrote nothing, and confirm it with `stored`;
 * 4. answer `proposal` and `reads`, serve `chunkRequests`, report `applied`.
 */
export interface Effects {
  readonly messages: readonly Request[];
  readonly store: Store | undefined;
  readonly promises: readonly Message[];
  /** Committed entries, in order, each exactly once per incarnation, at most `applyBytesMax` at a time. */
  readonly apply: readonly Entry[];
  readonly proposal: ProposalOutcome | undefined;
  /** Those that are `ready` are linearizable once the state machine has applied `index`. */
  readonly reads: readonly {
    readonly id: number;
    readonly outcome: { readonly type: 'ready'; readonly index: Index } | Declined;
  }[];
  readonly chunkRequests: readonly ChunkRequest[];
  /** This replica's role, term or known leader is not what it was before the step. */
  readonly roleChanged: boolean;
}
