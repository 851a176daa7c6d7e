/**
 * A leader whose log contradicts what is committed here. By Leader Completeness (§5.4.3) there is none: if there is,
 * somebody has voted or acknowledged without his past, and one of the two histories was already served to clients.
 * Nothing is cut then, nothing is acknowledged, and the replica stops with the reason: only an operator can decide.
 *
 * A single message may be a forgery of a neighbour. So the replica stops only if the leader goes on for an election
 * time-out without showing that it has the last committed entry, which every true one shows with its next append.
 */

import { invariant } from './invariant.ts';
import type { Node } from './node.ts';
import { describeId } from './prose.ts';
import type { LogId, ReplicaId } from './types.ts';

/** `id` is in the leader's log. Where the own log is compacted, its end tells: terms never fall along a log (raft.L2). */
export function contradictsCommitted({ log, commit }: Node, id: LogId): boolean {
  if (id.index > commit) return false;
  const own = log.term(id.index);
  return own === undefined ? id.term > log.compacted.term : id.term !== own;
}

/** The message gets no answer. */
export function dispute(node: Node, leader: ReplicaId, id: LogId): void {
  const { role, log, nowMs, options, commit } = node;
  if (role.type !== 'follower') return;
  role.disputedAtMs ??= nowMs;
  invariant(
    nowMs - role.disputedAtMs < options.electionTimeoutMs,
    `raft.F2: the log of leader ${leader} has ${describeId(id)}, but another entry is committed here ` +
      `(term ${log.term(id.index) ?? log.compacted.term}; committed up to ${commit}). A replica has lost what it had ` +
      'promised: compare the disks before any of them is deleted',
  );
}

/** The leader's log was shown to have the last entry that is committed here, or not yet. */
export function settleDispute({ role }: Node, isShown: boolean): void {
  if (role.type === 'follower' && isShown) role.disputedAtMs = undefined;
}
