/**
 * Votes and pre-votes (Raft §5.2, §5.4.1; pre-vote: thesis §9.6; sticky leaders: thesis §4.2.3).
 *
 * Invariants:
 * E1  At most one vote per term, durable before it leaves (figure 2).
 * E2  A vote goes only to a log that is at least as up to date as one's own (§5.4.1).
 * E3  A pre-vote changes neither the term nor the vote nor the timer of the one who is asked.
 */

import type { PreVoteReply, PreVoteRequest, VoteReply, VoteRequest } from './messages.ts';
import type { Node } from './node.ts';
import { isLost, isQuorum } from './quorum.ts';
import { broadcastAppend } from './sending.ts';
import {
  becomeCandidate,
  becomeFollower,
  becomeLeader,
  becomePreCandidate,
  electionDeadline,
} from './transitions.ts';
import { asTerm, type LogId } from './types.ts';

/** First the question whether it could be won; the election itself follows when a majority says so. */
export function startPreVote(node: Node): void {
  becomePreCandidate(node);
  for (const voter of node.membership.current.voters) {
    if (voter !== node.id) node.send({ type: 'pre-vote-request', to: voter, last: node.log.last });
  }
  maybeStartElection(node);
}

/** `transfer`: the leader itself wants this election, so there is nobody to protect from it. */
export function startElection(node: Node, transfer: boolean): void {
  becomeCandidate(node);
  for (const voter of node.membership.current.voters) {
    // Together with the request goes the promise that this replica votes for nobody else in the new term (E1).
    if (voter !== node.id) node.promise({ type: 'vote-request', to: voter, last: node.log.last, transfer });
  }
}

/** The vote for oneself is on the disk. */
export function countOwnVote(node: Node): void {
  if (node.role.type !== 'candidate') return;
  node.role.granted.add(node.id);
  maybeWin(node);
}

export function handlePreVoteRequest(node: Node, request: PreVoteRequest): void {
  const campaignTerm = asTerm(request.term + 1);
  const granted = campaignTerm > node.term && isUpToDate(node, request.last) && !hearsLeader(node);
  node.promise({ type: 'pre-vote-reply', to: request.from, campaignTerm, granted });
}

export function handlePreVoteReply(node: Node, reply: PreVoteReply): void {
  const { role } = node;
  if (role.type !== 'pre-candidate' || reply.campaignTerm !== node.term + 1) return;
  (reply.granted ? role.granted : role.refused).add(reply.from);
  if (isLost(node.membership.current, role.refused)) becomeFollower(node, node.term, undefined);
  else maybeStartElection(node);
}

export function handleVoteRequest(node: Node, request: VoteRequest): void {
  const { role, hardState } = node;
  const free = hardState.votedFor === undefined || hardState.votedFor === request.from;
  const granted = request.term === node.term && free && isUpToDate(node, request.last);
  if (granted) {
    if (hardState.votedFor === undefined) node.setHardState({ term: node.term, votedFor: request.from });
    // Only a vote that is given postpones one's own campaign: a refused candidate must not hold up a better one.
    if (role.type === 'follower') role.electionAtMs = electionDeadline(node);
  }
  node.promise({ type: 'vote-reply', to: request.from, granted });
}

export function handleVoteReply(node: Node, reply: VoteReply): void {
  const { role } = node;
  if (role.type !== 'candidate') return;
  (reply.granted ? role.granted : role.refused).add(reply.from);
  if (isLost(node.membership.current, role.refused)) becomeFollower(node, node.term, undefined);
  else maybeWin(node);
}

/** A leader was heard so recently that an election would only disturb it. */
export function hearsLeader(node: Node): boolean {
  const { role } = node;
  switch (role.type) {
    case 'leader':
      return true;
    case 'follower':
      return role.heardAtMs !== undefined && node.nowMs - role.heardAtMs < node.options.electionTimeoutMs;
    case 'pre-candidate':
    case 'candidate':
      return false;
  }
}

/** §5.4.1: the later last term wins; with equal terms the longer log. */
function isUpToDate(node: Node, last: LogId): boolean {
  const own = node.log.last;
  return last.term > own.term || (last.term === own.term && last.index >= own.index);
}

function maybeStartElection(node: Node): void {
  if (node.role.type !== 'pre-candidate') return;
  if (isQuorum(node.membership.current, node.role.granted)) startElection(node, false);
}

function maybeWin(node: Node): void {
  if (node.role.type !== 'candidate' || !isQuorum(node.membership.current, node.role.granted)) return;
  becomeLeader(node);
  broadcastAppend(node);
}
