/**
 * Votes and pre-votes (Raft §5.2, §5.4.1; pre-vote: thesis §9.6; sticky leaders: thesis §4.2.3).
 *
 * Invariants:
 * raft.E1  At most one vote per term, durable before it leaves (figure 2).
 * raft.E2  A vote goes only to a log that is at least as up to date as one's own (§5.4.1).
 * raft.E3  A pre-vote changes neither the term nor the vote nor the timer of the one who is asked.
 */

import type { PreVoteReply, PreVoteRequest, VoteReply, VoteRequest } from './messages.ts';
import type { Node } from './node.ts';
import type { Candidate } from './role.ts';
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
  for (const voter of node.membership.votersBut(node.id)) {
    node.send({ type: 'pre-vote-request', to: voter, last: node.log.last, ...committed(node) });
  }
  proceed(node);
}

/** `transfer`: the leader itself wants this election, so there is nobody to protect from it. */
export function startElection(node: Node, transfer: boolean): void {
  becomeCandidate(node);
  for (const voter of node.membership.votersBut(node.id)) {
    // Together with the request goes the promise that this replica votes for nobody else in the new term (raft.E1).
    node.promise({ type: 'vote-request', to: voter, last: node.log.last, transfer });
  }
}

/** The vote for oneself is on the disk. */
export function countOwnVote(node: Node): void {
  if (node.role.type !== 'candidate') return;
  node.role.granted.add(node.id);
  proceed(node);
}

/**
 * What is committed is so for everybody who holds it, whoever says it. Without a leader, this is how a voter learns of a
 * readmission that another one knows to be committed: each might wait for the other for ever.
 */
export function learnCommit(node: Node, { commit }: PreVoteRequest | PreVoteReply): void {
  if (commit === undefined || node.role.type === 'leader' || commit.index <= node.commit) return;
  if (node.log.contains(commit)) node.commit = commit.index;
}

function committed({ log, commit, membership }: Node): { readonly commit?: LogId } {
  const term = log.term(commit);
  return term === undefined || !membership.isFormed ? {} : { commit: { index: commit, term } };
}

export function handlePreVoteRequest(node: Node, request: PreVoteRequest): void {
  const campaignTerm = asTerm(request.term + 1);
  const granted = campaignTerm > node.term && isUpToDate(node, request.last) && !hearsLeader(node);
  node.promise({ type: 'pre-vote-reply', to: request.from, campaignTerm, granted, ...committed(node) });
}

export function handlePreVoteReply(node: Node, reply: PreVoteReply): void {
  const { role } = node;
  if (role.type === 'pre-candidate' && reply.campaignTerm === node.term + 1) count(node, role, reply);
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
  if (node.role.type === 'candidate') count(node, node.role, reply);
}

/** A leader was heard so recently that an election would only disturb it. */
export function hearsLeader(node: Node): boolean {
  const { role } = node;
  if (role.type !== 'follower') return role.type === 'leader';
  return role.heardAtMs !== undefined && node.nowMs - role.heardAtMs < node.options.electionTimeoutMs;
}

/** §5.4.1: the later last term wins; with equal terms the longer log. */
function isUpToDate(node: Node, last: LogId): boolean {
  const own = node.log.last;
  return last.term > own.term || (last.term === own.term && last.index >= own.index);
}

function count(node: Node, { granted, refused }: Candidate, reply: PreVoteReply | VoteReply): void {
  (reply.granted ? granted : refused).add(reply.from);
  if (node.membership.isLost(refused)) becomeFollower(node, node.term, undefined);
  else proceed(node);
}

/** If a majority has granted what was asked: the election follows the pre-vote, and office the election. */
function proceed(node: Node): void {
  const { role, membership } = node;
  if (role.type === 'follower' || role.type === 'leader' || !membership.isQuorum(role.granted)) return;
  // The group may have taken another disk in this one's place meanwhile.
  if (!node.isVoter) return;
  if (role.type === 'pre-candidate') return startElection(node, false);
  becomeLeader(node);
  broadcastAppend(node);
}
