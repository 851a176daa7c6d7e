/** What a replica is at the moment (Raft figure 4), and the state that it has only as that. */

import type { Progress } from './progress.ts';
import type { ReadRounds } from './reads.ts';
import type { DiskId, Index, ReplicaId } from './types.ts';

/** A role carries its own state: what belongs to a leader cannot outlive its leadership. */
export type Role = Follower | Candidate | Leader;

export interface Follower {
  readonly type: 'follower';
  readonly leader: ReplicaId | undefined;
  electionAtMs: number;
  /** When the leader was last heard; undefined as long as none was. */
  heardAtMs: number | undefined;
  /** A time-out was granted to the leader because this replica itself did not run (timers.ts). */
  isExcused: boolean;
  /** Since when the leader's log contradicts what is committed here (dispute.ts). */
  disputedAtMs: number | undefined;
}

/** Asks for votes; before, whether it could win, so that it disturbs nobody by a new term in vain (thesis §9.6). */
export interface Candidate {
  readonly type: 'pre-candidate' | 'candidate';
  readonly electionAtMs: number;
  readonly granted: Set<ReplicaId>;
  readonly refused: Set<ReplicaId>;
}

export interface Leader {
  readonly type: 'leader';
  /** The first index of this term. Once it is committed, so is all that earlier leaders committed (§8). */
  readonly termStart: Index;
  /** Every other member, by ascending id: sends happen in a fixed order. Whose word counts, `countedProgress` tells. */
  readonly progress: Map<ReplicaId, Progress>;
  heartbeatAtMs: number;
  quorumCheckAtMs: number;
  /** A time-out was granted to the others because this replica itself did not run (timers.ts). */
  isExcused: boolean;
  readonly reads: ReadRounds;
  /** Payload bytes between the commit index and the end of the log. */
  uncommittedBytes: number;
  /** Voters that are being taken back; `sealedAt` is the entry that shows who knows of it (readmission.ts). */
  readonly readmissions: Map<ReplicaId, PendingReadmission>;
  transfer: { readonly to: ReplicaId; readonly abandonAtMs: number; told: boolean } | undefined;
}

export interface PendingReadmission {
  readonly disk: DiskId;
  readonly index: Index;
  sealedAt: Index | undefined;
}
