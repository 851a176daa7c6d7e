/**
 * Linearizable reads without a log entry (Raft §8, thesis §6.4), in numbered rounds: all that there is to a read.
 *
 * 1. `requestRead`: the read waits for the next round. Reads that come during a round share the one after it, so their
 *    number does not matter. If the term has committed nothing yet, `committed` names the read's index later.
 * 2. `startRound` asks all peers at once. Every append and heartbeat repeats the `question`: the newest round, and
 *    whether an answer counts only from the disk. `hastenReads` asks for the disk when a round has become old.
 * 3. `answered`: a peer's reply confirms a round, as does the leader itself: untouched when the round begins, touched
 *    when a write is confirmed that it asked for during the round (`Node.takeEffects`).
 * 4. `releaseReads`, after each reply and each confirmed write, lets `Membership.confirmsRead` decide, answers what is
 *    confirmed, and starts the round that the others wait for. `abandonReads` ends it all with the leadership.
 *
 * Invariants:
 * raft.Q1  A read is answered with a commit index that was current when the read came, or a later one.
 * raft.Q2  It is answered only after a round that began after it came was confirmed by a majority of this term.
 * raft.Q3  It is answered only when an entry of the leader's own term is committed: before that, the commit index may
 *          lie behind what earlier leaders have acknowledged (§8).
 * raft.Q4  A replaced instance that does not know it cannot complete a round (docs/decisions/0003).
 */

import type { Effects } from './effects.ts';
import type { Node } from './node.ts';
import type { Leader } from './role.ts';
import { sendHeartbeat } from './sending.ts';
import { countedProgress } from './standing.ts';
import type { Index, ReplicaId } from './types.ts';

type ReadOutcome = Effects['reads'][number]['outcome'];

interface PendingRead {
  readonly id: number;
  /** The round that must be confirmed; it started after the read came. */
  readonly round: number;
  /** The commit index when the read came; undefined until this term has committed an entry. */
  index: Index | undefined;
}

/** A leader's rounds, numbered from 1 within its term, and the reads that wait for them. */
export class ReadRounds {
  /** The newest round that was started, and the newest that was confirmed: one is under way if they differ. */
  round = 0;
  confirmed = 0;
  startedAtMs = 0;
  /** Answers to the current round count only from the disk (docs/decisions/0003). */
  touch = false;
  waiting: PendingRead[] = [];
  /** The newest round that each voter confirmed at all, and the newest that it confirmed from its disk. */
  readonly #answered = new Map<ReplicaId, number>();
  readonly #touched = new Map<ReplicaId, number>();

  get isUnderWay(): boolean {
    return this.round > this.confirmed;
  }

  /** What every append and heartbeat asks. */
  get question(): { readonly readRound: number; readonly touch: boolean } {
    return { readRound: this.round, touch: this.touch && this.isUnderWay };
  }

  /** Late and doubled answers do no harm: what a voter has confirmed only rises. */
  answered(voter: ReplicaId, round: number, touched: boolean): void {
    this.#answered.set(voter, Math.max(round, this.#answered.get(voter) ?? 0));
    if (touched) this.#touched.set(voter, Math.max(round, this.#touched.get(voter) ?? 0));
  }

  /** How this voter has answered the newest round. */
  answerOf(voter: ReplicaId): 'no' | 'untouched' | 'touched' {
    if ((this.#touched.get(voter) ?? 0) >= this.round) return 'touched';
    return (this.#answered.get(voter) ?? 0) >= this.round ? 'untouched' : 'no';
  }

  /** raft.Q3: an entry of this term is committed. */
  committed(index: Index): void {
    for (const read of this.waiting) read.index ??= index;
  }
}

export function requestRead(node: Node, id: number): void {
  const { role, options } = node;
  if (role.type !== 'leader') return answer(node, id, { type: 'not-leader', leader: node.leader });
  const { reads } = role;
  if (reads.waiting.length >= options.pendingReadsMax) return answer(node, id, { type: 'overloaded' });
  const committedOwnTerm = node.commit >= role.termStart;
  reads.waiting.push({ id, round: reads.round + 1, index: committedOwnTerm ? node.commit : undefined });
  if (!reads.isUnderWay) startRound(node, role);
}

function startRound(node: Node, leader: Leader): void {
  const { reads } = leader;
  reads.round += 1;
  reads.startedAtMs = node.nowMs;
  reads.touch = false;
  reads.answered(node.id, reads.round, false);
  if (!node.membership.hasVoterToSpare || isSomebodySilent(node, leader)) askForTouch(node, reads);
  for (const [peer, progress] of leader.progress) sendHeartbeat(node, leader, peer, progress);
}

/**
 * Each heartbeat repeats the round that is under way. If that is old by now, somebody is slow or gone: it then asks for
 * answers from the disk. A young one does not, or a leader with many reads would cause writes at every heartbeat.
 */
export function hastenReads(node: Node, { reads }: Leader): void {
  const ageMs = node.nowMs - reads.startedAtMs;
  if (reads.isUnderWay && ageMs >= node.options.heartbeatIntervalMs) askForTouch(node, reads);
}

function askForTouch(node: Node, reads: ReadRounds): void {
  reads.touch = true;
  node.outbox.write({ touch: true });
}

/** Answers what is confirmed and committed; starts the round that the others wait for. */
export function releaseReads(node: Node, leader: Leader): void {
  const { reads } = leader;
  const isConfirmed = node.membership.confirmsRead((voter) => reads.answerOf(voter));
  if (reads.isUnderWay && isConfirmed) reads.confirmed = reads.round;
  reads.waiting = reads.waiting.filter(({ id, round, index }) => {
    if (round > reads.confirmed || index === undefined) return true;
    answer(node, id, { type: 'ready', index });
    return false;
  });
  if (!reads.isUnderWay && reads.waiting.some((read) => read.round > reads.round)) startRound(node, leader);
}

export function abandonReads(node: Node, { reads }: Leader, leader: ReplicaId | undefined): void {
  for (const { id } of reads.waiting) answer(node, id, { type: 'not-leader', leader });
}

function answer(node: Node, id: number, outcome: ReadOutcome): void {
  node.outbox.reads.push({ id, outcome });
}

/** Without an answer for two heartbeats, a voter is not waited for. */
function isSomebodySilent(node: Node, leader: Leader): boolean {
  const patienceMs = 2 * node.options.heartbeatIntervalMs;
  return node.membership.votersBut(node.id).some((voter) => {
    const progress = countedProgress(node, leader, voter);
    return progress === undefined || node.nowMs - progress.heardAtMs > patienceMs;
  });
}
