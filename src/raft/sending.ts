/** What a leader sends to its peers: entries, heartbeats, and the first word of a snapshot. */

import { invariant } from './invariant.ts';
import type { Node } from './node.ts';
import type { Progress } from './progress.ts';
import type { Leader } from './role.ts';
import { asIndex, type LogId, ORIGIN, type ReplicaId } from './types.ts';

/** Offers every peer what it lacks, as far as its window allows. */
export function broadcastAppend(node: Node): void {
  const { role } = node;
  if (role.type !== 'leader') return;
  for (const [peer, progress] of role.progress) sendWhatIsMissing(node, role, peer, progress);
}

/** The regular round: what was lost is found out, and everybody hears that the leader lives. */
export function heartbeat(node: Node, leader: Leader): void {
  leader.heartbeatAtMs = node.nowMs + node.options.heartbeatIntervalMs;
  for (const [peer, progress] of leader.progress) {
    if (progress.isOverdue(node.nowMs, node.options.replyTimeoutMs)) progress.lost();
    const streams = progress.state.type === 'replicate';
    // A peer that does not answer gets heartbeats only; its answer is what starts a probe or a chunk again.
    if (!streams || !sendWhatIsMissing(node, leader, peer, progress))
      sendHeartbeat(node, leader, peer, progress);
  }
}

/**
 * A sign of life. It names the last entry that the peer has acknowledged, so it is never refused, and lets the peer
 * commit that far (F4); reads ride on it.
 */
export function sendHeartbeat(node: Node, leader: Leader, peer: ReplicaId, progress: Progress): void {
  const term = node.log.term(progress.match);
  node.send({
    type: 'append-request',
    to: peer,
    previous: term === undefined ? ORIGIN : { index: progress.match, term },
    entries: [],
    commit: node.commit,
    readRound: leader.reads.round,
    touch: wantsTouch(leader),
  });
}

/** Returns whether anything was sent. */
export function sendWhatIsMissing(node: Node, leader: Leader, peer: ReplicaId, progress: Progress): boolean {
  const { options, log } = node;
  const previous = logIdBefore(node, progress);
  if (progress.state.type !== 'snapshot' && previous === undefined) progress.snapshot();
  if (progress.state.type === 'snapshot') return requestLostChunk(node, peer, progress);
  if (progress.state.type === 'probe') {
    if (progress.state.sentAtMs !== undefined) return false;
    sendAppend(node, leader, peer, progress);
    return true;
  }
  let sent = false;
  while (
    progress.next <= log.lastIndex &&
    !progress.inflightFull(options.inflightMessagesMax, options.inflightBytesMax)
  ) {
    sendAppend(node, leader, peer, progress);
    sent = true;
  }
  return sent;
}

function sendAppend(node: Node, leader: Leader, peer: ReplicaId, progress: Progress): void {
  const { log, options } = node;
  const previous = logIdBefore(node, progress);
  invariant(previous !== undefined, `nothing is known before entry ${progress.next}`);
  const entries =
    progress.next <= log.lastIndex ? log.slice(progress.next, log.lastIndex, options.messageBytesMax) : [];
  const last = entries.at(-1)?.index ?? previous.index;
  node.send({
    type: 'append-request',
    to: peer,
    previous,
    entries,
    commit: node.commit,
    readRound: leader.reads.round,
    touch: wantsTouch(leader),
  });
  const bytes = entries.reduce((sum, entry) => sum + entry.payload.byteLength, 0);
  progress.sent(last, bytes, node.nowMs);
}

/** A peer in the middle of a snapshot: ask the host for the next chunk, unless one is on its way. */
function requestLostChunk(node: Node, peer: ReplicaId, progress: Progress): boolean {
  if (progress.state.type !== 'snapshot' || progress.state.sentAtMs !== undefined) return false;
  progress.state.sentAtMs = node.nowMs;
  node.requestChunk(peer, progress.state.stream, progress.state.cursor);
  return true;
}

/** Undefined when that part of the log was compacted away. */
function logIdBefore(node: Node, progress: Progress): LogId | undefined {
  const index = asIndex(progress.next - 1);
  const term = node.log.term(index);
  return term === undefined ? undefined : { index, term };
}

function wantsTouch({ reads }: Leader): boolean {
  return reads.touch && reads.round > reads.confirmed;
}
