/**
 * The follower's side of the log (Raft figure 2, AppendEntries receiver).
 *
 * Invariants:
 * raft.F1  Entries are taken only behind one that both logs hold (§5.3, consistency check).
 * raft.F2  The log is cut only from the first entry that really conflicts: a late or doubled message must not cost what a
 *          newer one has brought. Nothing committed is ever cut (dispute.ts).
 * raft.F3  An acknowledgement covers what the message proves to be equal, not all that is in the log.
 * raft.F4  The commit index rises at most to what the message proves to be equal (figure 2, step 5: "last new entry").
 */

import { contradictsCommitted, dispute, settleDispute } from './dispute.ts';
import { invariant } from './invariant.ts';
import type { AppendRequest } from './messages.ts';
import type { Node } from './node.ts';
import { becomeFollower, electionDeadline } from './transitions.ts';
import { asIndex, type Entry, type ReplicaId } from './types.ts';

/** A message of this term's leader has come. Whoever else is known to lead, or whoever campaigns, gives way. */
export function follow(node: Node, leader: ReplicaId): void {
  const { role, term } = node;
  invariant(role.type !== 'leader', `two leaders in term ${term}: ${node.id} and ${leader}`);
  if (role.type !== 'follower' || role.leader !== leader) return becomeFollower(node, term, leader);
  role.heardAtMs = node.nowMs;
  role.isExcused = false;
  role.electionAtMs = electionDeadline(node);
}

export function handleAppendRequest(node: Node, request: AppendRequest): void {
  const { log, commit } = node;
  const { previous, entries, from, readRound, touch } = request;
  const conflict = [previous, ...entries].find((id) => contradictsCommitted(node, id));
  if (conflict !== undefined) return dispute(node, from, conflict);
  const { reads } = node.options;
  const reply = { type: 'append-reply', to: from, readRound, reads } as const;
  if (touch) node.outbox.write({ touch });
  if (previous.index > commit && !log.contains(previous)) {
    const hint = log.lastAtOrBelowTerm(previous.index, previous.term);
    node.promise({
      ...reply,
      result: { type: 'rejected', previous: previous.index, hint: { index: hint.index, term: hint.term } },
      touched: touch,
    });
    return;
  }
  // What is committed here is equal in the leader's log, and compacted entries need not be compared (§5.4.3).
  const appended = appendFromConflict(
    node,
    entries.filter(({ index }) => index > commit),
  );
  const match = asIndex(previous.index + entries.length);
  settleDispute(node, match >= commit);
  node.commit = asIndex(Math.max(commit, Math.min(request.commit, match)));
  node.promise({ ...reply, result: { type: 'accepted', match }, touched: touch || appended });
}

/** Returns whether anything was written. */
function appendFromConflict(node: Node, entries: readonly Entry[]): boolean {
  const conflict = node.log.firstConflict(entries);
  if (conflict === undefined) return false;
  if (conflict <= node.log.lastIndex) node.truncateFrom(conflict);
  node.append(entries.filter((entry) => entry.index >= conflict));
  return true;
}
