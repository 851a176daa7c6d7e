/**
 * What replicas say to one another: figures 2 and 13, the pre-vote (thesis §9.6) and leadership transfer (thesis §3.10).
 * Requests and replies find each other by what they name, not by their order: any may be lost, doubled or late.
 */

import type { Membership } from './membership.ts';
import type { DiskId, Entry, Index, LogId, ReplicaId, SnapshotChunk, Term } from './types.ts';

/** `term` is the sender's own term when it sent the message, without exception: the gate in raft.ts relies on it. */
interface Envelope {
  readonly from: ReplicaId;
  readonly to: ReplicaId;
  readonly term: Term;
  /** The sender's; hosts whose disks have no ids leave it out. */
  readonly disk?: DiskId | undefined;
}

/** "Would you vote for me in term + 1?" Changes nothing at the receiver (thesis §9.6). */
export interface PreVoteRequest extends Envelope {
  readonly type: 'pre-vote-request';
  /** The last entry of the sender's log, for the comparison of §5.4.1. */
  readonly last: LogId;
  /** Of a formed group: the last entry that the sender knows to be committed. Whoever holds it knows it, too, then. */
  readonly commit?: LogId | undefined;
}

export interface PreVoteReply extends Envelope {
  readonly type: 'pre-vote-reply';
  /** The term that was asked for, so that a late answer to an earlier question is not counted. */
  readonly campaignTerm: Term;
  readonly granted: boolean;
  /** As in the request. */
  readonly commit?: LogId | undefined;
}

/** RequestVote of figure 2. */
export interface VoteRequest extends Envelope {
  readonly type: 'vote-request';
  readonly last: LogId;
  /** The leader asked for this election (thesis §3.10), so those who hear the leader may vote all the same. */
  readonly transfer: boolean;
}

export interface VoteReply extends Envelope {
  readonly type: 'vote-reply';
  readonly granted: boolean;
}

/** AppendEntries of figure 2. Without entries, and with `previous` where the receiver has agreed before, a heartbeat. */
export interface AppendRequest extends Envelope {
  readonly type: 'append-request';
  readonly previous: LogId;
  readonly entries: readonly Entry[];
  /** The leader's; the receiver may not have come so far (raft.F4). */
  readonly commit: Index;
  /** The newest round of reads this message asks the receiver to confirm; 0 when there was none yet. */
  readonly readRound: number;
  /** The receiver must touch its disk before it answers, so that a replaced instance cannot confirm a read. */
  readonly touch: boolean;
}

export interface AppendReply extends Envelope {
  readonly type: 'append-reply';
  readonly result:
    | { readonly type: 'accepted'; readonly match: Index }
    /** `previous` is the index that was refused; `hint` the best place to probe next (§5.3, fast back-up by term). */
    | { readonly type: 'rejected'; readonly previous: Index; readonly hint: LogId };
  readonly readRound: number;
  readonly touched: boolean;
  /** The level of commands that the sender can read (`RaftOptions.reads`). */
  readonly reads?: number | undefined;
}

/** One chunk of InstallSnapshot (figure 13). */
export interface SnapshotRequest extends Envelope {
  readonly type: 'snapshot-request';
  readonly chunk: SnapshotChunk;
}

export interface SnapshotReply extends Envelope {
  readonly type: 'snapshot-reply';
  readonly stream: string;
  /** The cursor of the chunk that this answers, so that a late answer does not turn the stream back. */
  readonly answers: string;
  readonly result: /** The receiver's state now reaches at least the snapshot's index. */
    | { readonly type: 'installed'; readonly match: Index }
    /** Where the receiver wants the stream to go on; '' is from the beginning. */
    | { readonly type: 'continue'; readonly cursor: string };
}

/** "Campaign now": the last step of a leadership transfer (thesis §3.10). It has no reply. */
export interface TimeoutNow extends Envelope {
  readonly type: 'timeout-now';
}

/** "Who are you?", of one who belongs to no formed group yet; or "this is our group" (formation.ts). */
export interface IntroductionRequest extends Envelope {
  readonly type: 'introduction-request';
  /** Of a formed group; undefined: the sender knows of none. */
  readonly membership: Membership | undefined;
}

export interface IntroductionReply extends Envelope {
  readonly type: 'introduction-reply';
  readonly membership: Membership | undefined;
}

export type Request =
  | PreVoteRequest
  | VoteRequest
  | AppendRequest
  | SnapshotRequest
  | TimeoutNow
  | IntroductionRequest;
export type PeerReply = PreVoteReply | VoteReply | AppendReply | SnapshotReply | IntroductionReply;
export type Message = Request | PeerReply;

export function isReply(message: Message): message is PeerReply {
  return !isRequest(message);
}

export function isRequest(message: Message): message is Request {
  switch (message.type) {
    case 'pre-vote-request':
    case 'vote-request':
    case 'append-request':
    case 'snapshot-request':
    case 'timeout-now':
    case 'introduction-request':
      return true;
    case 'pre-vote-reply':
    case 'vote-reply':
    case 'append-reply':
    case 'snapshot-reply':
    case 'introduction-reply':
      return false;
  }
}
