import { describe, expect, test } from 'vitest';
import {
  asIndex,
  asReplicaId,
  asTerm,
  DEFAULT_LIMITS,
  type LogId,
  Membership,
  type PersistedState,
  type Status,
} from '../../../src/raft/index.ts';
import { Freshness } from '../../../src/replica/freshness.ts';

const MARGIN_MS = { follower: 90, leader: 5 } as const;
const OPTIONS = {
  ...DEFAULT_LIMITS,
  id: asReplicaId(1),
  random: () => 0,
  electionTimeoutMs: 40,
  replyTimeoutMs: 5,
};

const MEMBERSHIP = Membership.of([1, 2, 3, 4, 5].map(asReplicaId), [asReplicaId(6)]);

const at = (index: number, term: number): LogId => ({ index: asIndex(index), term: asTerm(term) });

function stateAt(applied: LogId): PersistedState {
  return {
    hardState: { term: applied.term, votedFor: undefined },
    membership: MEMBERSHIP,
    compacted: applied,
    entries: [],
    applied: applied.index,
    staging: undefined,
  };
}

function statusOf(role: Status['role'], term: number, heardAgoMs: readonly number[]): Status {
  const peers = heardAgoMs.map((ago, position) => ({
    id: asReplicaId(position + 2),
    match: asIndex(0),
    next: asIndex(1),
    replication: 'replicate' as const,
    heardAgoMs: ago,
    disk: undefined,
    standing: 'member' as const,
  }));
  return {
    id: asReplicaId(1),
    role,
    term: asTerm(term),
    votedFor: undefined,
    leader: undefined,
    commit: asIndex(0),
    applied: asIndex(0),
    compacted: at(0, 0),
    last: at(0, 0),
    logBytes: 0,
    membership: MEMBERSHIP,
    disk: undefined,
    standing: 'member',
    peers,
  };
}

const FOLLOWER = statusOf('follower', 2, []);

function followerAt(applied: LogId) {
  const freshness = new Freshness(OPTIONS, stateAt(applied));
  const heard = (atMs: number, term: number, commit: number) =>
    freshness.heard({ atMs, term: asTerm(term), commit: asIndex(commit) });
  return { freshness, heard, ageAt: (nowMs: number) => freshness.ageMsMax(nowMs, FOLLOWER) };
}

describe('a follower', () => {
  test('has all that its leader had committed when it was last heard', () => {
    const { heard, ageAt } = followerAt(at(7, 2));
    expect(ageAt(100)).toBeUndefined();
    heard(100, 2, 7);
    heard(200, 2, 6);
    expect(ageAt(230)).toBe(30 + MARGIN_MS.follower);
  });

  test('counts no message that names more than it has applied, until it has', () => {
    const { freshness, heard, ageAt } = followerAt(at(7, 2));
    heard(100, 2, 7);
    heard(200, 2, 8);
    expect(ageAt(300)).toBe(200 + MARGIN_MS.follower);
    freshness.applied(at(8, 2));
    expect(ageAt(300)).toBe(100 + MARGIN_MS.follower);
  });

  test('that is always a little behind makes progress all the same', () => {
    const { freshness, heard, ageAt } = followerAt(at(0, 2));
    for (let index = 1; index <= 10; index += 1) {
      heard(100 * index, 2, index + 1);
      freshness.applied(at(index, 2));
    }
    expect(ageAt(1000)).toBeLessThanOrEqual(200 + MARGIN_MS.follower);
  });

  test('counts no leader of whose term it has nothing: what earlier ones committed may be missing (§8)', () => {
    const { freshness, heard, ageAt } = followerAt(at(7, 2));
    heard(100, 3, 5);
    expect(ageAt(100)).toBeUndefined();
    freshness.applied(at(9, 3));
    expect(ageAt(100)).toBe(MARGIN_MS.follower);
  });
});

describe('a leader', () => {
  const leaderAt = (applied: LogId, heardAgoMs: readonly number[]) =>
    new Freshness(OPTIONS, stateAt(applied)).ageMsMax(0, statusOf('leader', 3, heardAgoMs));

  test('leads as of the answers that make a majority with itself', () => {
    expect(leaderAt(at(7, 3), [400, 30, 20, 500])).toBe(30 + MARGIN_MS.leader);
  });

  test('does not count a learner', () => {
    expect(leaderAt(at(7, 3), [400, 300, 200, 500, 1])).toBe(300 + MARGIN_MS.leader);
  });

  test('cannot tell before an entry of its term is applied (§8)', () => {
    expect(leaderAt(at(7, 2), [1, 1, 1, 1])).toBeUndefined();
  });
});
