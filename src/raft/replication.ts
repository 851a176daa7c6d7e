/**
 * How a leader's log becomes the group's (Raft §5.3, §5.4.2; pipelining: thesis §10.2.1).
 *
 * Invariants:
 * raft.R1  A leader never changes or deletes what is in its own log; it only appends (§5.3, Leader Append-Only).
 * raft.R2  Only an entry of the leader's own term is committed by counting; earlier ones follow from it (§5.4.2, figure 8).
 * raft.R3  The leader's own copy counts only once its disk has confirmed it.
 * raft.R4  The commit index never falls, and no message carries one above what that message proves at the receiver.
 */

import type { ProposalOutcome } from './effects.ts';
import { invariant } from './invariant.ts';
import type { AppendReply } from './messages.ts';
import type { Node } from './node.ts';
import type { Progress } from './progress.ts';
import { broadcastAppend } from './sending.ts';
import { countedProgress } from './standing.ts';
import { asIndex, type Index } from './types.ts';

export function propose(node: Node, payload: Uint8Array): ProposalOutcome {
  const { role, options, log } = node;
  if (role.type !== 'leader') return { type: 'not-leader', leader: node.leader };
  const isFull = role.uncommittedBytes + payload.byteLength > options.uncommittedBytesMax;
  if (isFull || role.transfer !== undefined) return { type: 'overloaded' };
  const index = asIndex(log.lastIndex + 1);
  node.append([{ index, term: node.term, kind: 'command', payload }]);
  role.uncommittedBytes += payload.byteLength;
  broadcastAppend(node);
  return { type: 'accepted', index, term: node.term };
}

export function handleAppendReply(node: Node, progress: Progress, { result }: AppendReply): void {
  switch (result.type) {
    case 'accepted':
      return acceptedUpTo(node, progress, result.match);
    case 'rejected': {
      const { previous, hint } = result;
      // The hint is the peer's last entry with a term at most ours there; our own log may have to go back further.
      const agreed = Math.min(hint.index, node.log.lastAtOrBelowTerm(hint.index, hint.term).index);
      progress.regress(previous, asIndex(agreed));
      return;
    }
  }
}

/** Also the end of a snapshot: the peer's log is known to agree with ours up to `match`. */
export function acceptedUpTo(node: Node, progress: Progress, match: Index): void {
  invariant(match <= node.log.lastIndex, `a peer acknowledges ${match}, beyond the leader's log`);
  const advanced = progress.advance(match);
  switch (progress.state.type) {
    case 'probe':
      // A heartbeat's answer may prove less than the probe will; only what reaches the probed place ends the search.
      if (match >= progress.next - 1) progress.replicate();
      break;
    case 'snapshot':
      if (progress.match >= node.log.compacted.index) progress.replicate();
      break;
    case 'replicate':
      break;
  }
  if (advanced) maybeCommit(node);
}

/** raft.R2, raft.R3. */
export function maybeCommit(node: Node): void {
  const { role } = node;
  if (role.type !== 'leader') return;
  const reached = node.membership.quorumIndex((voter) =>
    voter === node.id ? node.durable : (countedProgress(node, role, voter)?.match ?? asIndex(0)),
  );
  if (reached <= node.commit || node.log.term(reached) !== node.term) return;
  node.commit = reached;
  role.uncommittedBytes = node.log.bytesAfter(reached);
  role.reads.committed(reached);
}
