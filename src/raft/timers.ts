/**
 * What a replica does when time has passed: campaigns, heartbeats, and the check that a leader still has a majority.
 *
 * Silence says something only to one who listens. A tick that comes late by more than a heartbeat shows that this replica
 * itself did not run: what the others said meanwhile may still wait to be read. So it grants them another time-out, once
 * in a row, or a machine that is always late would never elect anybody.
 */

import { startPreVote } from './election.ts';
import { askAround } from './formation.ts';
import type { Node } from './node.ts';
import { hastenReads } from './reads.ts';
import type { Follower, Leader } from './role.ts';
import { heartbeat } from './sending.ts';
import { countedProgress } from './standing.ts';
import { maybeAbandonTransfer } from './transfer.ts';
import { becomeFollower, electionDeadline } from './transitions.ts';

export function deadlineOf({ role, isVoter, isUnformed }: Node): number {
  if (role.type === 'leader') return Math.min(role.heartbeatAtMs, role.quorumCheckAtMs);
  return isVoter || isUnformed ? role.electionAtMs : Number.POSITIVE_INFINITY;
}

export function tick(node: Node): void {
  const { role, nowMs } = node;
  if (role.type === 'leader') return tickLeader(node, role);
  if (nowMs < deadlineOf(node)) return;
  if (node.isUnformed) return askAround(node);
  if (role.type === 'follower' && isExcusable(node, role)) role.electionAtMs = electionDeadline(node);
  else startPreVote(node);
}

function tickLeader(node: Node, leader: Leader): void {
  maybeAbandonTransfer(node, leader);
  if (isExcusable(node, leader)) leader.quorumCheckAtMs = node.nowMs + node.options.electionTimeoutMs;
  if (node.nowMs >= leader.quorumCheckAtMs) {
    if (!hearsMajority(node, leader)) return becomeFollower(node, node.term, undefined);
    leader.quorumCheckAtMs = node.nowMs + node.options.electionTimeoutMs;
    leader.isExcused = false;
  }
  if (node.nowMs < leader.heartbeatAtMs) return;
  hastenReads(node, leader);
  heartbeat(node, leader);
}

/** Grants the time-out, if this is the first late tick in a row. */
function isExcusable(node: Node, role: Follower | Leader): boolean {
  const lateMs = node.nowMs - deadlineOf(node);
  if (role.isExcused || lateMs <= node.options.heartbeatIntervalMs) return false;
  role.isExcused = true;
  return true;
}

/** Check-quorum (thesis §6.2): a leader that is cut off steps down, so that its clients look for the new one. */
function hearsMajority(node: Node, leader: Leader): boolean {
  const ageMs = node.membership.quorumAgeMs((voter) =>
    voter === node.id
      ? 0
      : node.nowMs - (countedProgress(node, leader, voter)?.heardAtMs ?? Number.NEGATIVE_INFINITY),
  );
  return ageMs <= node.options.electionTimeoutMs;
}
