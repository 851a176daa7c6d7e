/**
 * State transfer to a peer whose missing entries were compacted away (Raft §7, figure 13), in chunks.
 *
 * Invariants:
 * raft.S1  Chunks of different streams never mix: a stream is one frozen view of one instance of one replica.
 * raft.S2  A snapshot that is not ahead of the commit index changes nothing.
 * raft.S3  A snapshot that was received in part is invisible; the last chunk replaces state and log in one write.
 * raft.S4  Entries after the snapshot are kept if the log agrees with it, and dropped if it does not (figure 13, 6-7).
 */

import { contradictsCommitted, dispute } from './dispute.ts';
import { invariant } from './invariant.ts';
import type { SnapshotReply, SnapshotRequest } from './messages.ts';
import type { Node } from './node.ts';
import type { Progress } from './progress.ts';
import { acceptedUpTo } from './replication.ts';
import type { ReplicaId, SnapshotChunk } from './types.ts';

/** The host has the chunk that was asked for. It may belong to a new stream if the old one is gone. */
export function sendChunk(node: Node, to: ReplicaId, chunk: SnapshotChunk): void {
  const { role, log } = node;
  const { snapshot, stream, cursor } = chunk;
  const progress = role.type === 'leader' ? role.progress.get(to) : undefined;
  if (progress?.state.type !== 'snapshot') return;
  invariant(
    log.contains(snapshot) || snapshot.index < log.compacted.index,
    `the snapshot ${snapshot.index} of term ${snapshot.term} is not from this log`,
  );
  progress.state = { type: 'snapshot', stream, cursor, sentAtMs: node.nowMs };
  node.send({ type: 'snapshot-request', to, chunk });
}

export function handleSnapshotReply(node: Node, progress: Progress, reply: SnapshotReply): void {
  const { state } = progress;
  if (state.type !== 'snapshot' || state.stream !== reply.stream || state.cursor !== reply.answers) return;
  switch (reply.result.type) {
    case 'installed':
      acceptedUpTo(node, progress, reply.result.match);
      // The log may have been compacted past the snapshot meanwhile: the probe will find out, and begin another.
      if (progress.state.type === 'snapshot') progress.probe();
      return;
    case 'continue':
      progress.state = { ...state, cursor: reply.result.cursor, sentAtMs: undefined };
      return;
  }
}

/** The sender is this term's leader: the gate and `follow` have seen to that. */
export function receiveChunk(node: Node, { from, chunk }: SnapshotRequest): void {
  if (contradictsCommitted(node, chunk.snapshot)) return dispute(node, from, chunk.snapshot);
  const { stream, cursor } = chunk;
  node.promise({ type: 'snapshot-reply', to: from, stream, answers: cursor, result: install(node, chunk) });
}

function install(node: Node, chunk: SnapshotChunk): SnapshotReply['result'] {
  const { snapshot, stream, cursor, nextCursor, done } = chunk;
  const installed = { type: 'installed', match: snapshot.index } as const;
  if (snapshot.index <= node.commit) return installed;
  const expected = node.staging?.stream === stream ? node.staging.cursor : '';
  if (cursor !== expected) return { type: 'continue', cursor: expected };
  node.install(chunk);
  return done ? installed : { type: 'continue', cursor: nextCursor };
}
