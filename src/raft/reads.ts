/**
 * Linearizable reads without a log entry (Raft §8, thesis §6.4), in numbered rounds.
 *
 * Invariants:
 * Q1  A read is answered with a commit index that was current when the read came, or a later one.
 * Q2  It is answered only after a round that began after it came was confirmed by a majority of this term.
 * Q3  It is answered only when an entry of the leader's own term is committed: before that, the commit index may lie
 *     behind what earlier leaders have acknowledged (§8).
 * Q4  A replaced instance that does not know it cannot complete a round (docs/decisions/0003).
 */

import type { Node } from './node.ts';
import { confirmsRead, hasVoterToSpare } from './quorum.ts';
import type { Leader } from './role.ts';
import { sendHeartbeat } from './sending.ts';

export function requestRead(node: Node, id: number): void {
  const { role, options } = node;
  if (role.type !== 'leader') {
    node.answerRead(id, { type: 'not-leader', leader: node.leader });
    return;
  }
  if (role.reads.waiting.length >= options.pendingReadsMax) {
    node.answerRead(id, { type: 'overloaded' });
    return;
  }
  const committedOwnTerm = node.commit >= role.termStart;
  role.reads.waiting.push({
    id,
    round: role.reads.round + 1,
    index: committedOwnTerm ? node.commit : undefined,
  });
  if (role.reads.round === role.reads.confirmed) startRound(node, role);
}

/** Reads that come while a round is under way share the next one, so their number does not matter. */
function startRound(node: Node, leader: Leader): void {
  leader.reads.round += 1;
  leader.reads.startedAtMs = node.nowMs;
  leader.reads.touch = !hasVoterToSpare(node.membership.current) || isSomebodySilent(node, leader);
  if (leader.reads.touch) node.touch();
  for (const [peer, progress] of leader.progress) sendHeartbeat(node, leader, peer, progress);
}

/**
 * Each heartbeat repeats the round that is under way. If that is old by now, somebody is slow or gone: it then asks for
 * answers from the disk. A young one does not, or a leader with many reads would cause writes at every heartbeat.
 */
export function hastenReads(node: Node, leader: Leader): void {
  const { reads } = leader;
  const ageMs = node.nowMs - reads.startedAtMs;
  if (reads.round === reads.confirmed || ageMs < node.options.heartbeatIntervalMs) return;
  reads.touch = true;
  node.touch();
}

/** Answers what is confirmed and committed; starts the round that the others wait for. */
export function releaseReads(node: Node, leader: Leader): void {
  const { reads } = leader;
  if (reads.round > reads.confirmed && isConfirmed(node, leader, reads.round)) reads.confirmed = reads.round;
  const stillWaiting = [];
  for (const read of reads.waiting) {
    if (read.round <= reads.confirmed && read.index !== undefined) {
      node.answerRead(read.id, { type: 'ready', index: read.index });
    } else {
      stillWaiting.push(read);
    }
  }
  reads.waiting = stillWaiting;
  const next = stillWaiting.some((read) => read.round > reads.round);
  if (next && reads.round === reads.confirmed) startRound(node, leader);
}

function isConfirmed(node: Node, leader: Leader, round: number): boolean {
  return confirmsRead(node.membership.current, (voter) => {
    if (voter === node.id) return leader.reads.ownTouchedRound >= round ? 'touched' : 'untouched';
    const progress = leader.progress.get(voter);
    if (progress === undefined || progress.readRound < round) return 'no';
    return progress.touchedReadRound >= round ? 'touched' : 'untouched';
  });
}

/** Without an answer for two heartbeats, a voter is not waited for. */
function isSomebodySilent(node: Node, leader: Leader): boolean {
  const patienceMs = 2 * node.options.heartbeatIntervalMs;
  return node.membership.current.voters.some((voter) => {
    const progress = leader.progress.get(voter);
    return progress !== undefined && node.nowMs - progress.heardAtMs > patienceMs;
  });
}
