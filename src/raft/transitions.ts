/**
 * The changes of role (Raft figure 4). Each asserts what must hold before, and sets the whole new role at once.
 *
 * Invariants:
 * raft.T1  The term never falls.
 * raft.T2  The vote of a term, once given, is kept until the term ends; it is cleared only together with a new term.
 * raft.T3  A replica becomes leader only out of candidacy, with the votes of a majority of its own term.
 */

import { invariant } from './invariant.ts';
import type { Node } from './node.ts';
import { Progress } from './progress.ts';
import { abandonReads, ReadRounds } from './reads.ts';
import type { Candidate } from './role.ts';
import { asIndex, asTerm, type ReplicaId, type Term } from './types.ts';

/** Random, so that replicas rarely campaign at the same moment (§5.2). */
export function electionDeadline(node: Node): number {
  const { electionTimeoutMs, random } = node.options;
  return node.nowMs + electionTimeoutMs + random(electionTimeoutMs);
}

export function becomeFollower(node: Node, term: Term, leader: ReplicaId | undefined): void {
  invariant(term >= node.term, `raft.T1: term would fall from ${node.term} to ${term}`);
  const { role } = node;
  if (role.type === 'leader') abandonReads(node, role, leader);
  // News of a term alone postpones no election: a candidate that cannot win must not hold up one that can.
  const keepsTimer = role.type === 'follower' && leader === undefined && term > node.term;
  const electionAtMs = keepsTimer ? role.electionAtMs : electionDeadline(node);
  if (term > node.term) node.setHardState({ term, votedFor: undefined });
  const heardAtMs = leader === undefined ? undefined : node.nowMs;
  node.role = {
    type: 'follower',
    leader,
    electionAtMs,
    heardAtMs,
    isExcused: false,
    disputedAtMs: undefined,
  };
}

export function becomePreCandidate(node: Node): void {
  campaign(node, 'pre-candidate', [node.id]);
}

export function becomeCandidate(node: Node): void {
  node.setHardState({ term: asTerm(node.term + 1), votedFor: node.id });
  // The own vote is missing here on purpose: it counts when the store confirms it, as any other vote does.
  campaign(node, 'candidate', []);
}

function campaign(node: Node, type: Candidate['type'], granted: readonly ReplicaId[]): void {
  invariant(node.role.type !== 'leader', 'a leader does not campaign');
  invariant(node.isVoter, 'nobody campaigns who is no voter');
  node.role = { type, electionAtMs: electionDeadline(node), granted: new Set(granted), refused: new Set() };
}

export function becomeLeader(node: Node): void {
  const { role, nowMs, options, membership } = node;
  invariant(role.type === 'candidate', `raft.T3: a ${role.type} cannot become leader`);
  invariant(membership.isQuorum(role.granted), 'raft.T3: a leader needs the votes of a majority');
  const next = asIndex(node.log.lastIndex + 1);
  node.role = {
    type: 'leader',
    termStart: next,
    progress: new Map(
      membership
        .peersOf(node.id)
        .map((peer) => [peer, new Progress(next, nowMs, membership.disks.get(peer))]),
    ),
    heartbeatAtMs: nowMs + options.heartbeatIntervalMs,
    quorumCheckAtMs: nowMs + options.electionTimeoutMs,
    isExcused: false,
    reads: new ReadRounds(),
    uncommittedBytes: node.log.bytesAfter(node.commit),
    readmissions: new Map(),
    transfer: undefined,
  };
  if (options.noopOnElection) {
    node.append([{ index: next, term: node.term, kind: 'noop', payload: new Uint8Array(0) }]);
  }
}
