/**
 * Whose word counts. A member whose disk is not the one that the membership names has lost what it had promised: it may
 * have voted, in a term that nobody here has heard of, for a leader that it helped to commit. So nothing that it says
 * counts, in votes, in commits, in the check of the quorum or in reads, and it gives no vote itself, until a majority
 * without it has taken it back (readmission.ts; docs/decisions/0010).
 *
 * raft.D1  Neither is a vote counted that a forgetful replica gives, nor does it give one.
 * raft.D2  The acknowledgements of one disk are never taken for those of another.
 */

import type { AppendReply, Message, SnapshotReply } from './messages.ts';
import type { Node } from './node.ts';
import { Progress } from './progress.ts';
import type { Leader } from './role.ts';
import { asIndex, type ReplicaId } from './types.ts';

export type Standing =
  /** Its word counts, as far as that of a voter or a learner does. */
  | 'member'
  /** Its disk is not the one that the group knows. */
  | 'forgetful'
  /** It is being taken back: its word counts, but not enough others know it yet. */
  | 'readmitted'
  /** It knows of no formed group. */
  | 'unformed';

/** What only a leader can tell of others: to everybody else they are members. */
export function standingOf(node: Node, replica: ReplicaId): Standing {
  if (replica === node.id) {
    if (node.isUnformed) return 'unformed';
    return node.isForgetful ? 'forgetful' : 'member';
  }
  if (node.role.type !== 'leader') return 'member';
  if (node.role.readmissions.has(replica)) return 'readmitted';
  return countedProgress(node, node.role, replica) === undefined ? 'forgetful' : 'member';
}

/** Undefined for one whose answers do not count. */
export function countedProgress(node: Node, leader: Leader, peer: ReplicaId): Progress | undefined {
  const progress = leader.progress.get(peer);
  return progress !== undefined && node.membership.recognizes(peer, progress.disk) ? progress : undefined;
}

/** What is known of the disk that answers. Of another disk nothing is known: it is followed from the beginning (raft.D2). */
export function progressWith(
  node: Node,
  leader: Leader,
  { from, disk }: AppendReply | SnapshotReply,
): Progress | undefined {
  const progress = leader.progress.get(from);
  if (progress === undefined || progress.disk === disk) return progress;
  const another = new Progress(asIndex(node.log.lastIndex + 1), node.nowMs, disk);
  leader.progress.set(from, another);
  return another;
}

/**
 * raft.D1. Appends count whoever sends them, and who asks for a vote may get it: leaders and candidates may have been taken
 * back by an entry that is not known here yet, and would wait for ever for the vote of somebody who lags.
 */
export function isVoid(node: Node, { type, from, disk }: Message): boolean {
  switch (type) {
    case 'pre-vote-request':
    case 'vote-request':
      return node.isForgetful;
    case 'pre-vote-reply':
    case 'vote-reply':
      return !node.membership.recognizes(from, disk);
    case 'append-request':
    case 'append-reply':
    case 'snapshot-request':
    case 'snapshot-reply':
    case 'timeout-now':
    case 'introduction-request':
    case 'introduction-reply':
      return false;
  }
}
