import { asIndex, type Index, type Membership, type ReplicaId } from './types.ts';

/** How many of the voters make a majority. Any two majorities share a voter: everything rests on that (Raft §5.2). */
export function majority(membership: Membership): number {
  return Math.floor(membership.voters.length / 2) + 1;
}

export function isQuorum(membership: Membership, granted: ReadonlySet<ReplicaId>): boolean {
  return membership.voters.filter((voter) => granted.has(voter)).length >= majority(membership);
}

/** Nobody who has not answered yet can make it a quorum any more. */
export function isLost(membership: Membership, refused: ReadonlySet<ReplicaId>): boolean {
  const left = membership.voters.filter((voter) => !refused.has(voter)).length;
  return left < majority(membership);
}

/** The highest index that a majority of the voters has reached. */
export function quorumIndex(membership: Membership, matchOf: (voter: ReplicaId) => Index): Index {
  const matches = membership.voters.map(matchOf).sort((a, b) => b - a);
  return matches[majority(membership) - 1] ?? asIndex(0);
}

/** Whether untouched answers can ever confirm a read: with one or two voters there is none to spare. */
export function hasVoterToSpare(membership: Membership): boolean {
  return membership.voters.length - 1 >= majority(membership);
}

/**
 * Whether a round of reads is confirmed (docs/decisions/0003).
 *
 * A voter that answered without touching its disk may be an instance that was replaced and does not know it; its
 * successor may have voted for another leader. So untouched answers count only with one to spare: every new leader's
 * majority then still meets a voter that really answered, as long as at most one of them was replaced unnoticed.
 */
export function confirmsRead(
  membership: Membership,
  answered: (voter: ReplicaId) => 'no' | 'untouched' | 'touched',
): boolean {
  const answers = membership.voters.map(answered).filter((answer) => answer !== 'no');
  const untouched = answers.includes('untouched') ? 1 : 0;
  return answers.length - untouched >= majority(membership);
}
