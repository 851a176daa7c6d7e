/**
 * How a voter that has lost its disk comes back: by an entry of the log, "this number now has that disk", which an
 * operator asks for. It takes effect where it is applied, so it is committed by a majority of the others: the old disk
 * answers no more, and the new one does not count yet. That is what makes it safe (docs/decisions/0010). It is only useful
 * once the voter has caught up, and it is done only when the voter and a majority without it are known to know of it: then
 * any majority that is left can elect a leader.
 *
 * Invariants:
 * raft.D3  A readmission counts for nothing before it is committed, nor does the disk that it names.
 */

import type { Node } from './node.ts';
import type { Leader } from './role.ts';
import { broadcastAppend } from './sending.ts';
import { countedProgress } from './standing.ts';
import { asIndex, type Readmission } from './types.ts';

/** Entries that a voter may lack that is taken back: what is under way under load, not what takes long to send. */
const LAG_ENTRIES_MAX = 64;

/** A wish that cannot be met (not the leader, not forgetful, not caught up) is ignored; `standingOf` shows it. */
export function proposeReadmission(node: Node, readmission: Readmission): void {
  const { role, log, membership, term } = node;
  const { replica, disk } = readmission;
  const progress = role.type === 'leader' ? role.progress.get(replica) : undefined;
  if (role.type !== 'leader' || progress?.disk !== disk) return;
  if (role.readmissions.get(replica)?.disk === disk) return;
  if (!membership.isFormed || !membership.isVoter(replica)) return;
  if (membership.recognizes(replica, disk)) {
    // An earlier leader has done it, and nobody knows for whom else.
    role.readmissions.set(replica, { disk, index: node.applied, sealedAt: undefined });
    return sealReadmissions(node);
  }
  const isCaughtUp = progress.state.type === 'replicate' && progress.match + LAG_ENTRIES_MAX >= node.commit;
  if (!isCaughtUp) return;
  const index = asIndex(log.lastIndex + 1);
  node.append([{ index, term, kind: 'readmission', payload: new Uint8Array(0), readmission }]);
  role.readmissions.set(replica, { disk, index, sealedAt: undefined });
  broadcastAppend(node);
}

/** An entry that is appended after it was committed travels with that news: whoever has it knows. */
export function sealReadmissions(node: Node): void {
  const { role, log, term, applied } = node;
  if (role.type !== 'leader') return;
  const committed = [...role.readmissions.values()].filter(
    ({ index, sealedAt }) => sealedAt === undefined && index <= applied,
  );
  if (committed.length === 0) return;
  const sealedAt = asIndex(log.lastIndex + 1);
  for (const readmission of committed) readmission.sealedAt = sealedAt;
  node.append([{ index: sealedAt, term, kind: 'noop', payload: new Uint8Array(0) }]);
  broadcastAppend(node);
}

/** The voter itself must know, too, or it would give no vote to a leader that needs one. */
export function maybeFinishReadmissions(node: Node, leader: Leader): void {
  for (const [replica, { disk, sealedAt }] of leader.readmissions) {
    const own = leader.progress.get(replica);
    if (sealedAt === undefined || own === undefined) continue;
    const known = node.membership.quorumIndex((voter) => {
      if (voter === replica) return asIndex(0);
      return voter === node.id ? node.durable : (countedProgress(node, leader, voter)?.match ?? asIndex(0));
    });
    const isKnown = known >= sealedAt && own.match >= sealedAt;
    if (isKnown || own.disk !== disk) leader.readmissions.delete(replica);
  }
}
