/**
 * What a leader knows of one peer's log, and what is on its way there.
 *
 * Invariants:
 * raft.P1  `match` < `next`.
 * raft.P2  `match` never falls while the leader is in office: replies that are late or doubled change nothing.
 * raft.P3  In `replicate` the messages in flight are in order and cover (match, next); in `probe` there is at most one.
 * raft.P4  A loss that the transport reports is made good at once, but not twice within a heartbeat interval, and not
 *          twice unless the peer was heard in between. Otherwise the peer is held: heartbeats alone go to it, whose loss
 *          changes nothing, until it answers one or proves to have more. So one that is down costs one message, and one
 *          that answers but loses all appends may lose what two losses give up, once an interval, and no more.
 */

import { invariant } from './invariant.ts';
import type { Request } from './messages.ts';
import { asIndex, type DiskId, type Index } from './types.ts';

/** An append on its way: the entries after `previous`, up to `last`. */
interface SentAppend {
  readonly previous: Index;
  readonly last: Index;
  readonly bytes: number;
  readonly sentAtMs: number;
}

export type ReplicationState =
  /** Looking for the place where the logs agree: one message at a time. */
  | { readonly type: 'probe'; inflight: SentAppend[] }
  /** The logs agree up to `match`: messages follow one another without waiting, within the limits. */
  | { readonly type: 'replicate'; inflight: SentAppend[] }
  /** The peer needs what was compacted away. Nothing is under way without `sentAtMs`, nor a stream yet without `stream`. */
  | { readonly type: 'snapshot'; stream: string | undefined; cursor: string; sentAtMs: number | undefined };

export class Progress {
  match: Index = asIndex(0);
  next: Index;
  state: ReplicationState = { type: 'probe', inflight: [] };
  /** When the last reply came. */
  heardAtMs: number;
  /** What the peer has announced to this leader last; undefined: nothing so far. */
  reads: number | undefined;
  /** Only heartbeats go to the peer (raft.P4). */
  isHeld = false;
  /** Whose answers these are: the peer's disk. */
  readonly disk: DiskId | undefined;
  /** When a loss was made good last. */
  #repeatedAtMs = Number.NEGATIVE_INFINITY;

  constructor(next: Index, nowMs: number, disk?: DiskId) {
    this.next = next;
    this.disk = disk;
    this.heardAtMs = nowMs;
  }

  /** A reply has come. */
  heard(nowMs: number, pauseMs: number): void {
    this.heardAtMs = nowMs;
    if (nowMs - this.#repeatedAtMs >= pauseMs) this.isHeld = false;
  }

  /** Returns whether the peer's log is now known to reach further than before (raft.P2). */
  advance(match: Index): boolean {
    if (this.state.type !== 'snapshot') {
      this.state.inflight = this.state.inflight.filter((sent) => sent.last > match);
    }
    this.next = asIndex(Math.max(this.next, match + 1));
    if (match <= this.match) return false;
    this.match = match;
    this.isHeld = false;
    return true;
  }

  /**
   * The peer refused an append after `previous`. Returns false for a refusal that is out of date: it belongs to a
   * probe before the current one, or contradicts what the peer has acknowledged since (raft.P2).
   */
  regress(previous: Index, agreed: Index): boolean {
    if (previous <= this.match || this.state.type === 'snapshot') return false;
    if (this.state.type === 'probe' && previous !== this.next - 1) return false;
    this.next = asIndex(Math.max(this.match + 1, Math.min(previous, agreed + 1)));
    this.state = { type: 'probe', inflight: [] };
    return true;
  }

  probe(): void {
    this.next = asIndex(this.match + 1);
    this.state = { type: 'probe', inflight: [] };
  }

  replicate(): void {
    this.next = asIndex(this.match + 1);
    this.state = { type: 'replicate', inflight: [] };
  }

  snapshot(): void {
    this.state = { type: 'snapshot', stream: undefined, cursor: '', sentAtMs: undefined };
  }

  /** Book-keeping for an append that was just sent. */
  sent(append: SentAppend): void {
    invariant(this.state.type !== 'snapshot', 'no append goes to a peer that needs a snapshot');
    this.state.inflight.push(append);
    if (this.state.type === 'probe') return;
    invariant(append.last >= this.next, `raft.P3: sending up to ${append.last} again, next is ${this.next}`);
    this.next = asIndex(append.last + 1);
  }

  inflightFull(messagesMax: number, bytesMax: number): boolean {
    if (this.state.type !== 'replicate') return false;
    const bytes = this.state.inflight.reduce((sum, sent) => sum + sent.bytes, 0);
    return this.state.inflight.length >= messagesMax || bytes >= bytesMax;
  }

  /** The oldest unanswered message counts as lost. */
  isOverdue(nowMs: number, replyTimeoutMs: number): boolean {
    const sentAtMs = this.state.type === 'snapshot' ? this.state.sentAtMs : this.state.inflight[0]?.sentAtMs;
    return sentAtMs !== undefined && nowMs - sentAtMs >= replyTimeoutMs;
  }

  /** Whether an answer to this request is still waited for. A copy that was sent again is not told apart. */
  awaits(request: Request): boolean {
    const { state } = this;
    if (request.type === 'append-request' && state.type !== 'snapshot') {
      const { previous, entries } = request;
      const last = previous.index + entries.length;
      return state.inflight.some((sent) => sent.previous === previous.index && sent.last === last);
    }
    if (request.type !== 'snapshot-request' || state.type !== 'snapshot') return false;
    const { stream, cursor } = request.chunk;
    return state.sentAtMs !== undefined && state.stream === stream && state.cursor === cursor;
  }

  /** What is in flight counts as lost: it is repeated when there is a reason to send again. */
  giveUp(): void {
    if (this.state.type === 'replicate') this.probe();
    else if (this.state.type === 'probe') this.state.inflight = [];
    else this.state.sentAtMs = undefined;
  }

  /** The transport says so: there is a reason at once, or the peer is held (raft.P4). */
  lost(nowMs: number, pauseMs: number): void {
    this.giveUp();
    const wasHeard = this.heardAtMs > this.#repeatedAtMs;
    if (wasHeard && nowMs - this.#repeatedAtMs >= pauseMs) this.#repeatedAtMs = nowMs;
    else this.isHeld = true;
  }

  check(): void {
    invariant(this.match < this.next, `raft.P1: match ${this.match} is not below next ${this.next}`);
  }
}
