/**
 * The follower's side of the log (Raft figure 2, AppendEntries receiver).
 *
 * Invariants:
 * raft.F1  Entries are taken only behind one that both logs hold (§5.3, consistency check).
 * raft.F2  The log is cut only from the first entry that really conflicts: a late or doubled message must not cost what a
 *          newer one has brought. Nothing committed is ever cut.
 * raft.F3  An acknowledgement covers what the message proves to be equal, not all that is in the log.
 * raft.F4  The commit index rises at most to what the message proves to be equal (figure 2, step 5: "last new entry").
 */

import { invariant } from './invariant.ts';
import type { AppendRequest } from './messages.ts';
import type { Node } from './node.ts';
import { becomeFollower, electionDeadline } from './transitions.ts';
import { asIndex, type Entry, type ReplicaId } from './types.ts';

/** A message of this term's leader has come. Whoever else is known to lead, or whoever campaigns, gives way. */
export function follow(node: Node, leader: ReplicaId): void {
  const { role, term } = node;
  invariant(role.type !== 'leader', `two leaders in term ${term}: ${node.id} and ${leader}`);
  if (role.type !== 'follower' || role.leader === undefined) {
    becomeFollower(node, term, leader);
    return;
  }
  invariant(role.leader === leader, `two leaders in term ${term}: ${role.leader} and ${leader}`);
  role.heardAtMs = node.nowMs;
  role.electionAtMs = electionDeadline(node);
}

export function handleAppendRequest(node: Node, request: AppendRequest): void {
  const { log } = node;
  invariant(
    request.entries.every((entry, at) => entry.index === request.previous.index + 1 + at),
    `raft.F1: the entries of an append after ${request.previous.index} do not follow it one by one`,
  );
  const { previous, entries } = withoutCommitted(node, request);
  const { reads } = node.options;
  const reply = { type: 'append-reply', to: request.from, readRound: request.readRound, reads } as const;
  if (request.touch) node.outbox.write({ touch: true });
  if (!log.contains(previous)) {
    const hint = log.lastAtOrBelowTerm(previous.index, previous.term);
    node.promise({
      ...reply,
      result: { type: 'rejected', previous: previous.index, hint: { index: hint.index, term: hint.term } },
      touched: request.touch,
    });
    return;
  }
  const appended = appendFromConflict(node, entries);
  const match = asIndex(previous.index + entries.length);
  node.commit = asIndex(Math.max(node.commit, Math.min(request.commit, match)));
  node.promise({ ...reply, result: { type: 'accepted', match }, touched: request.touch || appended });
}

/**
 * What is committed here is equal in the leader's log (Leader Completeness, §5.4.3), so the message proves as much
 * with those entries left out, and compacted ones need not be compared.
 */
function withoutCommitted(node: Node, { previous, entries }: AppendRequest) {
  if (previous.index >= node.commit) return { previous, entries };
  const term = node.log.term(node.commit);
  invariant(term !== undefined, `the term of the commit index ${node.commit} is unknown`);
  return {
    previous: { index: node.commit, term },
    entries: entries.filter((entry) => {
      if (entry.index > node.commit) return true;
      const own = node.log.term(entry.index);
      invariant(
        own === undefined || own === entry.term,
        `raft.F2: committed entry ${entry.index} differs from the leader's`,
      );
      return false;
    }),
  };
}

/** Returns whether anything was written. */
function appendFromConflict(node: Node, entries: readonly Entry[]): boolean {
  const conflict = node.log.firstConflict(entries);
  if (conflict === undefined) return false;
  if (conflict <= node.log.lastIndex) node.truncateFrom(conflict);
  node.append(entries.filter((entry) => entry.index >= conflict));
  return true;
}
