import type { Membership } from './membership.ts';
import type { Node } from './node.ts';
import { type Standing, standingOf } from './standing.ts';
import type { DiskId, Index, LogId, ReplicaId, Term } from './types.ts';

/** What a replica knows of itself and, as leader, of the others. A copy: it does not change afterwards. */
export interface Status {
  readonly id: ReplicaId;
  readonly role: 'follower' | 'pre-candidate' | 'candidate' | 'leader';
  readonly term: Term;
  readonly votedFor: ReplicaId | undefined;
  readonly leader: ReplicaId | undefined;
  readonly commit: Index;
  readonly applied: Index;
  readonly compacted: LogId;
  readonly last: LogId;
  /** Payload bytes of the entries in memory. */
  readonly logBytes: number;
  readonly membership: Membership;
  readonly disk: DiskId | undefined;
  readonly standing: Standing;
  /** Only a leader knows. */
  readonly peers: readonly PeerStatus[];
}

export interface PeerStatus {
  readonly id: ReplicaId;
  readonly match: Index;
  readonly next: Index;
  readonly replication: 'probe' | 'replicate' | 'snapshot';
  readonly heardAgoMs: number;
  readonly disk: DiskId | undefined;
  readonly standing: Standing;
}

export function describe(node: Node): Status {
  const { role, log } = node;
  const progress = role.type === 'leader' ? [...role.progress] : [];
  return {
    id: node.id,
    role: role.type,
    term: node.term,
    votedFor: node.hardState.votedFor,
    leader: node.leader,
    commit: node.commit,
    applied: node.applied,
    compacted: log.compacted,
    last: { index: log.last.index, term: log.last.term },
    logBytes: log.bytes,
    membership: node.membership,
    disk: node.disk,
    standing: standingOf(node, node.id),
    peers: progress.map(([id, peer]) => ({
      id,
      match: peer.match,
      next: peer.next,
      replication: peer.state.type,
      heardAgoMs: node.nowMs - peer.heardAtMs,
      disk: peer.disk,
      standing: standingOf(node, id),
    })),
  };
}
