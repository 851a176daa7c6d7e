/**
 * What a leader knows of one peer's log.
 *
 * Invariants:
 * P1  `match` < `next`.
 * P2  `match` never falls while the leader is in office: replies that are late or doubled change nothing.
 * P3  In `replicate` the messages in flight are in order and cover (match, next).
 */

import { invariant } from './invariant.ts';
import { asIndex, type Index } from './types.ts';

interface InflightAppend {
  readonly last: Index;
  readonly bytes: number;
  readonly sentAtMs: number;
}

export type ReplicationState =
  /** Looking for the place where the logs agree: one message at a time. `sentAtMs` undefined: the last one was lost. */
  | { readonly type: 'probe'; sentAtMs: number | undefined }
  /** The logs agree up to `match`: messages follow one another without waiting, within the limits. */
  | { readonly type: 'replicate'; inflight: InflightAppend[] }
  /** The peer needs what was compacted away. `sentAtMs` as in `probe`; `stream` undefined until the first chunk. */
  | { readonly type: 'snapshot'; stream: string | undefined; cursor: string; sentAtMs: number | undefined };

export class Progress {
  match: Index = asIndex(0);
  next: Index;
  state: ReplicationState;
  /** When the last reply came. */
  heardAtMs: number;
  /** The newest round of reads that the peer confirmed at all, and the newest that it confirmed from its disk. */
  readRound = 0;
  touchedReadRound = 0;

  constructor(next: Index, nowMs: number) {
    this.next = next;
    this.state = { type: 'probe', sentAtMs: undefined };
    this.heardAtMs = nowMs;
  }

  /** Returns whether the peer's log is now known to reach further than before (P2). */
  advance(match: Index): boolean {
    if (this.state.type === 'replicate') {
      this.state.inflight = this.state.inflight.filter((sent) => sent.last > match);
    }
    this.next = asIndex(Math.max(this.next, match + 1));
    if (match <= this.match) return false;
    this.match = match;
    return true;
  }

  /**
   * The peer refused an append after `previous`. Returns false for a refusal that is out of date: it belongs to a
   * probe before the current one, or contradicts what the peer has acknowledged since (P2).
   */
  regress(previous: Index, agreed: Index): boolean {
    if (previous <= this.match || this.state.type === 'snapshot') return false;
    if (this.state.type === 'probe' && previous !== this.next - 1) return false;
    this.next = asIndex(Math.max(this.match + 1, Math.min(previous, agreed + 1)));
    this.state = { type: 'probe', sentAtMs: undefined };
    return true;
  }

  probe(): void {
    this.next = asIndex(this.match + 1);
    this.state = { type: 'probe', sentAtMs: undefined };
  }

  replicate(): void {
    this.next = asIndex(this.match + 1);
    this.state = { type: 'replicate', inflight: [] };
  }

  snapshot(): void {
    this.state = { type: 'snapshot', stream: undefined, cursor: '', sentAtMs: undefined };
  }

  /** Book-keeping for an append that was just sent. */
  sent(last: Index, bytes: number, nowMs: number): void {
    switch (this.state.type) {
      case 'probe':
        this.state.sentAtMs = nowMs;
        break;
      case 'replicate':
        invariant(last >= this.next, `P3: sending up to ${last} again, next is ${this.next}`);
        this.state.inflight.push({ last, bytes, sentAtMs: nowMs });
        this.next = asIndex(last + 1);
        break;
      case 'snapshot':
        invariant(false, 'no append goes to a peer that needs a snapshot');
    }
  }

  inflightFull(messagesMax: number, bytesMax: number): boolean {
    if (this.state.type !== 'replicate') return false;
    const bytes = this.state.inflight.reduce((sum, sent) => sum + sent.bytes, 0);
    return this.state.inflight.length >= messagesMax || bytes >= bytesMax;
  }

  /** The oldest unanswered message counts as lost. */
  isOverdue(nowMs: number, replyTimeoutMs: number): boolean {
    const sentAtMs = this.state.type === 'replicate' ? this.state.inflight[0]?.sentAtMs : this.state.sentAtMs;
    return sentAtMs !== undefined && nowMs - sentAtMs >= replyTimeoutMs;
  }

  /** The last message counts as lost: it is repeated when there is a reason to send again. */
  lost(): void {
    if (this.state.type === 'replicate') this.probe();
    else this.state.sentAtMs = undefined;
  }

  /** The transport says that a message failed. What is in flight is given up, but nothing is repeated before its time. */
  failed(nowMs: number): void {
    if (this.state.type !== 'replicate') return;
    this.probe();
    this.state = { type: 'probe', sentAtMs: nowMs };
  }

  check(): void {
    invariant(this.match < this.next, `P1: match ${this.match} is not below next ${this.next}`);
  }
}
