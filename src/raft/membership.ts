/**
 * Who takes part in a group, and every question about majorities of it: whoever counts voters asks here, so that a
 * configuration of two majorities (Raft §6) would change this class alone. Voters elect and commit; learners only
 * receive the log.
 *
 * A member is known by its number and, once the group was formed, by its disk. Whoever has the number and another disk has
 * lost its past: it does not count (docs/decisions/0010). A membership that names no disks takes every disk for the right one.
 *
 * Invariants:
 * raft.M1  Any two quorums share a voter: everything rests on that (§5.2).
 * raft.M2  A membership never changes: another one takes its place.
 * raft.M3  It names the disks of all members, or of none.
 */

import { invariant } from './invariant.ts';
import { asIndex, type DiskId, type Index, type Readmission, type ReplicaId } from './types.ts';

const NO_DISKS: ReadonlyMap<ReplicaId, DiskId> = new Map();

export class Membership {
  /** Both lists are sorted, and are read as data only where a membership is encoded, shown or tested. */
  readonly voters: readonly ReplicaId[];
  readonly learners: readonly ReplicaId[];
  /** By rising number. */
  readonly disks: ReadonlyMap<ReplicaId, DiskId>;

  private constructor(
    voters: readonly ReplicaId[],
    learners: readonly ReplicaId[],
    disks: ReadonlyMap<ReplicaId, DiskId>,
  ) {
    this.voters = voters;
    this.learners = learners;
    this.disks = disks;
  }

  static of(
    voters: readonly ReplicaId[],
    learners: readonly ReplicaId[],
    disks: ReadonlyMap<ReplicaId, DiskId> = NO_DISKS,
  ): Membership {
    const members = [...voters, ...learners];
    const isNamed = disks.size === members.length && members.every((id) => disks.has(id));
    invariant(
      disks.size === 0 || isNamed,
      'raft.M3: a membership names the disks of all members, or of none',
    );
    invariant(voters.length > 0, 'a group needs at least one voter');
    invariant(new Set(members).size === members.length, `a replica is named twice: ${members.join(', ')}`);
    const rising = disks.size === 0 ? NO_DISKS : new Map([...disks].toSorted(([a], [b]) => a - b));
    return new Membership(sorted(voters), sorted(learners), rising);
  }

  withDisks(disks: ReadonlyMap<ReplicaId, DiskId>): Membership {
    return Membership.of(this.voters, this.learners, disks);
  }

  /** The same members, of whom one has another disk now. */
  after({ replica, disk }: Readmission): Membership {
    return this.disks.has(replica) ? this.withDisks(new Map(this.disks).set(replica, disk)) : this;
  }

  /** For people. */
  toJSON(): object {
    const { voters, learners, disks } = this;
    return { voters, learners, disks: Object.fromEntries(disks) };
  }

  /** The group was formed: who has which disk is agreed on. */
  get isFormed(): boolean {
    return this.disks.size > 0;
  }

  /** Whether a replica of that number with that disk is the member. */
  recognizes(id: ReplicaId, disk: DiskId | undefined): boolean {
    const named = this.disks.get(id);
    return named === undefined || named === disk;
  }

  isVoter(id: ReplicaId): boolean {
    return this.voters.includes(id);
  }

  includes(id: ReplicaId): boolean {
    return this.isVoter(id) || this.learners.includes(id);
  }

  hasVotersOf(other: Membership): boolean {
    return this.voters.length === other.voters.length && this.voters.every((id) => other.isVoter(id));
  }

  /** All others, by ascending id: sends happen in a fixed order. */
  peersOf(id: ReplicaId): readonly ReplicaId[] {
    return sorted([...this.voters, ...this.learners]).filter((member) => member !== id);
  }

  votersBut(id: ReplicaId): readonly ReplicaId[] {
    return this.voters.filter((voter) => voter !== id);
  }

  isQuorum(granted: ReadonlySet<ReplicaId>): boolean {
    return this.voters.filter((voter) => granted.has(voter)).length >= this.#majority;
  }

  /** Nobody who has not answered yet can make it a quorum any more. */
  isLost(refused: ReadonlySet<ReplicaId>): boolean {
    return this.voters.filter((voter) => !refused.has(voter)).length < this.#majority;
  }

  /** The highest index that a quorum has reached. */
  quorumIndex(matchOf: (voter: ReplicaId) => Index): Index {
    return asIndex(this.#reachedByQuorum(matchOf));
  }

  /** The least age within which a quorum was heard. */
  quorumAgeMs(heardAgoMs: (voter: ReplicaId) => number): number {
    return -this.#reachedByQuorum((voter) => -heardAgoMs(voter));
  }

  /** Whether untouched answers can ever confirm a read: with one or two voters there is none to spare. */
  get hasVoterToSpare(): boolean {
    return this.voters.length - 1 >= this.#majority;
  }

  /**
   * Whether a round of reads is confirmed (docs/decisions/0003).
   *
   * A voter that answered without touching its disk may be an instance that was replaced and does not know it; its
   * successor may have voted for another leader. So untouched answers count only with one to spare: every new leader's
   * quorum then still meets a voter that really answered, as long as at most one of them was replaced unnoticed.
   */
  confirmsRead(answered: (voter: ReplicaId) => 'no' | 'untouched' | 'touched'): boolean {
    const answers = this.voters.map(answered).filter((answer) => answer !== 'no');
    const untouched = answers.includes('untouched') ? 1 : 0;
    return answers.length - untouched >= this.#majority;
  }

  get #majority(): number {
    return Math.floor(this.voters.length / 2) + 1;
  }

  /** The highest value that all voters of some quorum have reached. */
  #reachedByQuorum(reachedBy: (voter: ReplicaId) => number): number {
    const values = this.voters.map(reachedBy).sort((a, b) => b - a);
    return values[this.#majority - 1] ?? 0;
  }
}

function sorted(ids: readonly ReplicaId[]): readonly ReplicaId[] {
  return ids.toSorted((a, b) => a - b);
}
