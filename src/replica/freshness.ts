/**
 * How old a replica's own state may be, when it answers without asking the others.
 *
 * A replica that answers with age A says: "I miss nothing that was acknowledged more than A ms ago." With E = electionTimeoutMs
 * and D = replyTimeoutMs, this holds
 *
 * - at a follower, A1 = 2E + 2D after it got a message of its leader with a commit index up to which it has applied. The
 *   message was at most D on its way. The leader steps down unless it has heard a majority within E, which it checks
 *   every E (thesis §6.2), and what it heard was said at most D before. So at most A1 ago a majority was still in the
 *   leader's term: whoever led instead was elected later, and what was acknowledged before is in the commit index;
 * - at a leader, D after the answers that make a majority came;
 *
 * and in both cases only if the state includes an entry of that leader's term: before, its commit index may lie behind
 * what earlier leaders have acknowledged (Raft §8).
 *
 * The number rests on time, which nothing else does: on messages that arrive within D or not at all, on clocks that run
 * equally fast, on timers that are not late, and on no voter having been replaced without knowing it
 * (docs/decisions/0003). Where one of these fails, an answer may be older than it says. Linearizable reads need none.
 */

import {
  type Index,
  invariant,
  type LogId,
  type Message,
  type PersistedState,
  type Raft,
  type RaftOptions,
  type Status,
  type Term,
} from '../raft/index.ts';

interface Heard {
  readonly atMs: number;
  readonly term: Term;
  readonly commit: Index;
}

export class Freshness {
  readonly #followerMarginMs: number;
  readonly #leaderMarginMs: number;
  #applied: LogId;
  /** When the newest message came up to whose commit index the state is applied. */
  #completeAtMs: number | undefined;
  /** The oldest message and the newest that the state does not come up to: it need not keep those between. */
  #oldest: Heard | undefined;
  #newest: Heard | undefined;

  constructor({ electionTimeoutMs, replyTimeoutMs }: RaftOptions, state: PersistedState) {
    this.#followerMarginMs = 2 * electionTimeoutMs + 2 * replyTimeoutMs;
    this.#leaderMarginMs = replyTimeoutMs;
    this.#applied = appliedEntry(state);
  }

  received(message: Message, atMs: number, { leader, term }: Pick<Raft, 'leader' | 'term'>): void {
    if (message.type !== 'append-request' || message.from !== leader || message.term !== term) return;
    this.heard({ atMs, term, commit: message.commit });
  }

  /** A message of this term's leader has come. */
  heard(message: Heard): void {
    this.#newest = message;
    this.#oldest ??= message;
    this.#settle();
  }

  applied(through: LogId): void {
    this.#applied = through;
    this.#settle();
  }

  /** Undefined if this replica cannot tell. */
  ageMsMax(nowMs: number, status: Status): number | undefined {
    if (status.role === 'leader') return this.#leaderAgeMs(status);
    return this.#completeAtMs === undefined ? undefined : nowMs - this.#completeAtMs + this.#followerMarginMs;
  }

  #leaderAgeMs({ id, term, peers, membership }: Status): number | undefined {
    if (this.#applied.term < term) return undefined;
    const members = peers.filter(({ standing }) => standing === 'member');
    const heardAgoMs = new Map(members.map((peer) => [peer.id, peer.heardAgoMs])).set(id, 0);
    const agoMs = membership.quorumAgeMs((voter) => heardAgoMs.get(voter) ?? Number.POSITIVE_INFINITY);
    return agoMs + this.#leaderMarginMs;
  }

  /** The newest first: a message that named what never comes, or comes late, must not hold up those after it. */
  #settle(): void {
    if (this.#newest !== undefined && this.#includes(this.#newest)) {
      this.#completeAtMs = this.#newest.atMs;
      this.#oldest = undefined;
      this.#newest = undefined;
    } else if (this.#oldest !== undefined && this.#includes(this.#oldest)) {
      this.#completeAtMs = this.#oldest.atMs;
      this.#oldest = this.#newest;
    }
  }

  #includes({ term, commit }: Heard): boolean {
    return this.#applied.term >= term && this.#applied.index >= commit;
  }
}

/** The log reaches down to what is applied, since nothing else is compacted. */
export function appliedEntry({ applied, compacted, entries }: PersistedState): LogId {
  if (applied === compacted.index) return compacted;
  const entry = entries.find(({ index }) => index === applied);
  invariant(entry !== undefined, `the log lacks entry ${applied}, which is applied`);
  return entry;
}
