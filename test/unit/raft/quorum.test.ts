/** The questions about quorums, exhaustively for one to five voters. */

import { describe, expect, test } from 'vitest';
import { asIndex, asReplicaId, Membership, type ReplicaId } from '../../../src/raft/index.ts';

const SIZES = [1, 2, 3, 4, 5];
const LEARNER = asReplicaId(9);

const voters = (size: number) => Array.from({ length: size }, (_, at) => asReplicaId(at + 1));
const membershipOf = (size: number) => Membership.of(voters(size), [LEARNER]);

/** All lists of that length of these values. */
function allLists<T>(values: readonly T[], length: number): readonly (readonly T[])[] {
  if (length === 0) return [[]];
  return allLists(values, length - 1).flatMap((list) => values.map((value) => [...list, value]));
}

function allSubsets(size: number): readonly ReadonlySet<ReplicaId>[] {
  return allLists([true, false], size).map((chosen) => new Set(voters(size).filter((_, at) => chosen[at])));
}

const meet = (one: ReadonlySet<ReplicaId>, other: ReadonlySet<ReplicaId>): boolean =>
  [...one].some((voter) => other.has(voter));

describe.each(SIZES)('of %i voters', (size) => {
  const membership = membershipOf(size);
  const subsets = allSubsets(size);
  const quorums = subsets.filter((subset) => membership.isQuorum(subset));

  test('any two quorums share a voter', () => {
    for (const one of quorums) {
      for (const other of quorums) expect(meet(one, other)).toBe(true);
    }
  });

  test('a quorum is a majority, and the smallest one has no voter to lose', () => {
    for (const subset of subsets) {
      expect(membership.isQuorum(subset)).toBe(subset.size * 2 > size);
      expect(membership.isQuorum(new Set([...subset, LEARNER]))).toBe(subset.size * 2 > size);
    }
    expect(Math.min(...quorums.map((quorum) => quorum.size))).toBe(Math.floor(size / 2) + 1);
  });

  test('a campaign is lost exactly when those who have not refused are no quorum', () => {
    for (const refused of subsets) {
      const left = new Set(membership.voters.filter((voter) => !refused.has(voter)));
      expect(membership.isLost(refused)).toBe(!membership.isQuorum(left));
    }
  });

  test('the quorum index is the highest that a quorum has reached', () => {
    for (const matches of allLists([0, 1, 2, 3], size)) {
      const matchOf = (voter: ReplicaId) => asIndex(matches[voter - 1] ?? 0);
      const reached = [3, 2, 1, 0].find((index) =>
        membership.isQuorum(new Set(membership.voters.filter((voter) => matchOf(voter) >= index))),
      );
      expect(membership.quorumIndex(matchOf)).toBe(reached);
    }
  });

  test('a quorum was heard within an age exactly when those who were heard as recently are one', () => {
    for (const ages of allLists([0, 10, 20, Number.POSITIVE_INFINITY], size)) {
      const ageOf = (voter: ReplicaId) => ages[voter - 1] ?? 0;
      const youngest = [0, 10, 20, Number.POSITIVE_INFINITY].find((age) =>
        membership.isQuorum(new Set(membership.voters.filter((voter) => ageOf(voter) <= age))),
      );
      expect(membership.quorumAgeMs(ageOf)).toBe(youngest);
    }
  });

  test("whatever confirms a read, every new leader's quorum meets a voter that truly answered, if at most one voter is a replaced instance", () => {
    for (const answers of allLists(['no', 'untouched', 'touched'] as const, size)) {
      const answerOf = (voter: ReplicaId) => answers[voter - 1] ?? 'no';
      if (!membership.confirmsRead(answerOf)) continue;
      // A replaced instance cannot write: only an untouched answer may come from one.
      const suspects = membership.voters.filter((voter) => answerOf(voter) === 'untouched');
      for (const replaced of [undefined, ...suspects]) {
        const truly = new Set(
          membership.voters.filter((voter) => answerOf(voter) !== 'no' && voter !== replaced),
        );
        for (const quorum of quorums) expect(meet(quorum, truly)).toBe(true);
      }
    }
  });

  test('answers from all disks of a quorum confirm a read; untouched ones of all voters do if there is one to spare', () => {
    for (const quorum of quorums) {
      expect(membership.confirmsRead((voter) => (quorum.has(voter) ? 'touched' : 'no'))).toBe(true);
    }
    expect(membership.confirmsRead(() => 'untouched')).toBe(membership.hasVoterToSpare);
  });
});

// Of an even number one answer fewer would do, since their quorums share more than one voter.
describe.each([1, 3, 5])('of %i voters', (size) => {
  const membership = membershipOf(size);
  const quorums = allSubsets(size).filter((subset) => membership.isQuorum(subset));

  test('no fewer answers would do: without one of them a quorum could be deceived', () => {
    for (const answers of allLists(['no', 'untouched', 'touched'] as const, size)) {
      const answerOf = (voter: ReplicaId) => answers[voter - 1] ?? 'no';
      if (membership.confirmsRead(answerOf)) continue;
      const untouched = membership.voters.find((voter) => answerOf(voter) === 'untouched');
      const truly = new Set(
        membership.voters.filter((voter) => answerOf(voter) !== 'no' && voter !== untouched),
      );
      expect(quorums.some((quorum) => !meet(quorum, truly))).toBe(true);
    }
  });
});

describe('a membership', () => {
  const ids = (...numbers: number[]) => numbers.map(asReplicaId);

  test('names its members in order, whatever the order they are given in', () => {
    const membership = Membership.of(ids(5, 1, 3), ids(4, 2));
    expect(membership).toEqual({ voters: [1, 3, 5], learners: [2, 4], disks: new Map() });
    expect(membership.peersOf(asReplicaId(3))).toEqual([1, 2, 4, 5]);
    expect(membership.votersBut(asReplicaId(3))).toEqual([1, 5]);
    expect(ids(1, 2, 6).map((id) => membership.isVoter(id))).toEqual([true, false, false]);
    expect(ids(1, 2, 6).map((id) => membership.includes(id))).toEqual([true, true, false]);
  });

  test('has a voter, and nobody twice', () => {
    expect(() => Membership.of([], ids(1))).toThrow('at least one voter');
    expect(() => Membership.of(ids(1, 1), [])).toThrow('named twice');
    expect(() => Membership.of(ids(1, 2), ids(2))).toThrow('named twice');
  });
});
