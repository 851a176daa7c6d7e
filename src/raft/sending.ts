/** What a leader sends to its peers: entries, heartbeats, and the first word of a snapshot. */

import { invariant } from './invariant.ts';
import type { AppendRequest, Request } from './messages.ts';
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
    if (progress.isOverdue(node.nowMs, node.options.replyTimeoutMs)) progress.giveUp();
    const streams = progress.state.type === 'replicate';
    // A peer that does not answer gets heartbeats only; its answer is what starts a probe or a chunk again.
    if (!streams || !sendWhatIsMissing(node, leader, peer, progress))
      sendHeartbeat(node, leader, peer, progress);
  }
}

/**
 * A sign of life. It names the last entry that the peer has acknowledged, so it is never refused, and lets the peer
 * commit that far (raft.F4); reads ride on it.
 */
export function sendHeartbeat(node: Node, leader: Leader, peer: ReplicaId, progress: Progress): void {
  const term = node.log.term(progress.match);
  const previous = term === undefined ? ORIGIN : { index: progress.match, term };
  sendAppend(node, leader, { to: peer, previous, entries: [] });
}

/** Returns whether anything was sent. */
export function sendWhatIsMissing(node: Node, leader: Leader, peer: ReplicaId, progress: Progress): boolean {
  const { options, log } = node;
  const previous = logIdBefore(node, progress);
  if (progress.state.type !== 'snapshot' && previous === undefined) progress.snapshot();
  if (progress.isHeld) return false;
  if (progress.state.type === 'snapshot') return requestLostChunk(node, peer, progress);
  if (progress.state.type === 'probe') {
    if (progress.state.inflight.length > 0) return false;
    sendNext(node, leader, peer, progress);
    return true;
  }
  let sent = false;
  while (
    progress.next <= log.lastIndex &&
    !progress.inflightFull(options.inflightMessagesMax, options.inflightBytesMax)
  ) {
    sendNext(node, leader, peer, progress);
    sent = true;
  }
  return sent;
}

/** The transport gave up on a request. Late news, of one that was answered or given up before, changes nothing. */
export function sendLostAgain(node: Node, leader: Leader, lost: Request): void {
  const progress = leader.progress.get(lost.to);
  if (progress === undefined || lost.term !== node.term || !progress.awaits(lost)) return;
  progress.lost(node.nowMs, node.options.heartbeatIntervalMs);
  sendWhatIsMissing(node, leader, lost.to, progress);
}

function sendNext(node: Node, leader: Leader, peer: ReplicaId, progress: Progress): void {
  const { log, options } = node;
  const previous = logIdBefore(node, progress);
  invariant(previous !== undefined, `nothing is known before entry ${progress.next}`);
  const entries =
    progress.next <= log.lastIndex ? log.slice(progress.next, log.lastIndex, options.messageBytesMax) : [];
  const last = entries.at(-1)?.index ?? previous.index;
  sendAppend(node, leader, { to: peer, previous, entries });
  const bytes = entries.reduce((sum, entry) => sum + entry.payload.byteLength, 0);
  progress.sent({ previous: previous.index, last, bytes, sentAtMs: node.nowMs });
}

type Content = Pick<AppendRequest, 'to' | 'previous' | 'entries'>;

function sendAppend(node: Node, leader: Leader, content: Content): void {
  node.send({ type: 'append-request', ...content, commit: node.commit, ...leader.reads.question });
}

/** A peer in the middle of a snapshot: ask the host for the next chunk, unless one is on its way. */
function requestLostChunk(node: Node, peer: ReplicaId, progress: Progress): boolean {
  if (progress.state.type !== 'snapshot' || progress.state.sentAtMs !== undefined) return false;
  progress.state.sentAtMs = node.nowMs;
  node.outbox.chunkRequests.push({ to: peer, stream: progress.state.stream, cursor: progress.state.cursor });
  return true;
}

/** Undefined when that part of the log was compacted away. */
function logIdBefore(node: Node, progress: Progress): LogId | undefined {
  const index = asIndex(progress.next - 1);
  const term = node.log.term(index);
  return term === undefined ? undefined : { index, term };
}
