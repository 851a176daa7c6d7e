/**
 * How a voter that has lost its disk comes back: by an entry of the log, "this number now has that disk", which an
 * operator asks for. It takes effect where it is applied, so it is committed by a majority of the others: the old disk
 * answers no more, and the new one does not count yet. That is what makes it safe (docs/decisions/0010). It is only useful
 * once the voter has caught up, and it is done only when a majority of all voters, without that one, is known to know of
 * it: then any majority that is left can elect a leader.
 *
 * Invariants:
 * raft.D3  A readmission counts for nothing before it is committed, nor does the disk that it names.
 */

import type { Node } from './node.ts';
import type { Leader } from './role.ts';
import { broadcastAppend } from './sending.ts';
import { progressOf } from './standing.ts';
import { asIndex, type ReplicaId } from './types.ts';

/** Entries that a voter may lack that is taken back: what is under way under load, not what takes long to send. */
const LAG_ENTRIES_MAX = 64;

/** A wish that cannot be met (not the leader, not forgetful, not caught up) is ignored; `standingOf` shows it. */
export function proposeReadmission(node: Node, replica: ReplicaId): void {
  const { role, log, membership, term } = node;
  const progress = role.type === 'leader' ? role.progress.get(replica) : undefined;
  if (role.type !== 'leader' || progress?.disk === undefined || role.readmission !== undefined) return;
  if (membership.recognizes(replica, progress.disk) || !membership.isVoter(replica)) return;
  const isCaughtUp = progress.state.type === 'replicate' && progress.match + LAG_ENTRIES_MAX >= node.commit;
  if (!isCaughtUp) return;
  const index = asIndex(log.lastIndex + 1);
  const readmission = { replica, disk: progress.disk };
  node.append([{ index, term, kind: 'readmission', payload: new Uint8Array(0), readmission }]);
  role.readmission = { ...readmission, index, sealedAt: undefined };
  broadcastAppend(node);
}

/** An entry that is appended after it was committed travels with that news: whoever has it knows. */
export function sealReadmission(node: Node): void {
  const { role, log, term, applied } = node;
  if (role.type !== 'leader' || role.readmission === undefined) return;
  const { index, sealedAt } = role.readmission;
  if (sealedAt !== undefined || applied < index) return;
  role.readmission.sealedAt = asIndex(log.lastIndex + 1);
  node.append([{ index: role.readmission.sealedAt, term, kind: 'noop', payload: new Uint8Array(0) }]);
  broadcastAppend(node);
}

export function maybeFinishReadmission(node: Node, leader: Leader): void {
  const { readmission } = leader;
  if (readmission?.sealedAt === undefined) return;
  const { sealedAt, replica } = readmission;
  const known = node.membership.quorumIndex((voter) => {
    if (voter === replica) return asIndex(0);
    return voter === node.id ? node.durable : (progressOf(node, leader, voter)?.match ?? asIndex(0));
  });
  if (known >= sealedAt) leader.readmission = undefined;
}
