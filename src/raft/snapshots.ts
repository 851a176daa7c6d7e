/**
 * State transfer to a peer whose missing entries were compacted away (Raft §7, figure 13), in chunks.
 *
 * Invariants:
 * S1  Chunks of different streams never mix: a stream is one frozen view of one instance of one replica.
 * S2  A snapshot that is not ahead of the commit index changes nothing.
 * S3  A snapshot that was received in part is invisible; the last chunk replaces state and log in one write.
 * S4  Entries after the snapshot are kept if the log agrees with it, and dropped if it does not (figure 13, 6-7).
 */

import type { Input } from './effects.ts';
import { invariant } from './invariant.ts';
import type { SnapshotReply, SnapshotRequest } from './messages.ts';
import type { Node } from './node.ts';
import { releaseReads } from './reads.ts';
import { acceptedUpTo } from './replication.ts';
import type { Leader } from './role.ts';
import { sendWhatIsMissing } from './sending.ts';
import { maybeFinishTransfer } from './transfer.ts';

type SnapshotChunk = Extract<Input, { type: 'snapshot-chunk' }>;

/** The host has the chunk that was asked for. It may belong to a new stream if the old one is gone. */
export function sendChunk(node: Node, chunk: SnapshotChunk): void {
  const { role } = node;
  if (role.type !== 'leader') return;
  const progress = role.progress.get(chunk.to);
  if (progress?.state.type !== 'snapshot') return;
  invariant(
    node.log.term(chunk.snapshot.index) === chunk.snapshot.term ||
      chunk.snapshot.index < node.log.compacted.index,
    `the snapshot ${chunk.snapshot.index} of term ${chunk.snapshot.term} is not from this log`,
  );
  progress.state = {
    type: 'snapshot',
    stream: chunk.stream,
    cursor: chunk.cursor,
    sentAtMs: node.nowMs,
  };
  const { to, snapshot, stream, cursor, nextCursor, data, done } = chunk;
  node.send({ type: 'snapshot-request', to, snapshot, stream, cursor, nextCursor, data, done });
}

export function handleSnapshotReply(node: Node, leader: Leader, reply: SnapshotReply): void {
  const progress = leader.progress.get(reply.from);
  if (progress === undefined) return;
  progress.heardAtMs = node.nowMs;
  const { state } = progress;
  if (state.type !== 'snapshot' || state.stream !== reply.stream || state.cursor !== reply.answers) return;
  switch (reply.result.type) {
    case 'installed':
      acceptedUpTo(node, progress, reply.result.match);
      // The log may have been compacted past the snapshot meanwhile: the probe will find out, and begin another.
      if (progress.state.type === 'snapshot') progress.probe();
      break;
    case 'continue':
      progress.state = { ...state, cursor: reply.result.cursor, sentAtMs: undefined };
      break;
  }
  sendWhatIsMissing(node, leader, reply.from, progress);
  maybeFinishTransfer(node, leader);
  releaseReads(node, leader);
}

/** The sender is this term's leader: the gate and `follow` have seen to that. */
export function receiveChunk(node: Node, request: SnapshotRequest): void {
  const { snapshot, stream, cursor, nextCursor, data, done } = request;
  const reply = { type: 'snapshot-reply', to: request.from, stream, answers: cursor } as const;
  if (snapshot.index <= node.commit) {
    node.promise({ ...reply, result: { type: 'installed', match: snapshot.index } });
    return;
  }
  const expected = node.staging?.stream === stream ? node.staging.cursor : '';
  if (cursor !== expected) {
    node.promise({ ...reply, result: { type: 'continue', cursor: expected } });
    return;
  }
  node.install({ snapshot, stream, cursor, nextCursor, data, done });
  const result = done
    ? ({ type: 'installed', match: snapshot.index } as const)
    : ({ type: 'continue', cursor: nextCursor } as const);
  node.promise({ ...reply, result });
}
