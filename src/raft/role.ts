import type { Progress } from './progress.ts';
import type { Index, ReplicaId } from './types.ts';

/** A role carries its own state: what belongs to a leader cannot outlive its leadership. */
export type Role = Follower | PreCandidate | Candidate | Leader;

export interface Follower {
  readonly type: 'follower';
  readonly leader: ReplicaId | undefined;
  electionAtMs: number;
  /** When the leader was last heard; undefined as long as none was. */
  heardAtMs: number | undefined;
}

/** Asks whether an election could be won, before it disturbs anybody by a new term (thesis §9.6). */
export interface PreCandidate {
  readonly type: 'pre-candidate';
  readonly electionAtMs: number;
  readonly granted: Set<ReplicaId>;
  readonly refused: Set<ReplicaId>;
}

export interface Candidate {
  readonly type: 'candidate';
  readonly electionAtMs: number;
  readonly granted: Set<ReplicaId>;
  readonly refused: Set<ReplicaId>;
}

export interface Leader {
  readonly type: 'leader';
  /** The first index of this term. Once it is committed, so is all that earlier leaders committed (§8). */
  readonly termStart: Index;
  /** Every other member, by ascending id: sends happen in a fixed order. */
  readonly progress: ReadonlyMap<ReplicaId, Progress>;
  heartbeatAtMs: number;
  quorumCheckAtMs: number;
  readonly reads: PendingReads;
  /** Payload bytes between the commit index and the end of the log. */
  uncommittedBytes: number;
  transfer: { readonly to: ReplicaId; readonly abandonAtMs: number; told: boolean } | undefined;
}

export interface PendingReads {
  /** The newest round that was started; rounds are numbered from 1 within a term. */
  round: number;
  startedAtMs: number;
  confirmed: number;
  /** Answers to the current round count only from the disk (docs/decisions/0003). */
  touch: boolean;
  /** The newest round that the leader itself confirmed from its own disk. */
  ownTouchedRound: number;
  waiting: PendingRead[];
}

export interface PendingRead {
  readonly id: number;
  /** The round that must be confirmed; it started after the read came. */
  readonly round: number;
  /** The commit index when the read came; undefined until this term has committed an entry. */
  index: Index | undefined;
}
