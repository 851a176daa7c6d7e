import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asIndex, asReplicaId, asTerm, type Message } from '../../../src/raft/index.ts';
import { MESSAGE, PEER_ANSWER, REPLICA_PATHS } from '../../../src/replica/index.ts';
import { almost } from './support/served-group.ts';
import { ShardedGroup } from './support/sharded-group.ts';

const LATE = { index: asIndex(1000), term: asTerm(1000) };
const VOTE: Message = {
  type: 'pre-vote-request',
  from: asReplicaId(2),
  to: asReplicaId(1),
  term: asTerm(1001),
  last: LATE,
};

describe('a message of another replica', () => {
  test('is answered with the reply to it', () => {
    const answer = new ShardedGroup().ask(0, REPLICA_PATHS.raft, MESSAGE.encode(VOTE));
    expect(answer && PEER_ANSWER.decode(answer)).toMatchObject({
      reply: { type: 'pre-vote-reply', from: 1, to: 2 },
      isShort: false,
    });
  });

  test('that is for somebody else is lost', () => {
    const astray = MESSAGE.encode({ ...VOTE, to: asReplicaId(3) });
    expect(new ShardedGroup().ask(0, REPLICA_PATHS.raft, astray)).toBeUndefined();
  });

  test('that is no request is lost', () => {
    const reply: Message = {
      type: 'append-reply',
      from: asReplicaId(2),
      to: asReplicaId(1),
      term: asTerm(1001),
      result: { type: 'accepted', match: asIndex(9) },
      readRound: 0,
      touched: true,
    };
    const group = new ShardedGroup();
    const term = group.replica(0).status().term;
    expect(group.ask(0, REPLICA_PATHS.raft, MESSAGE.encode(reply))).toBeUndefined();
    expect(group.replica(0).status().term).toBe(term);
  });

  test('that nobody can read is lost', () => {
    const group = new ShardedGroup();
    const leader = group.leader();
    const before = group.replica(leader).status();
    for (const bytes of almost(MESSAGE.encode(VOTE)))
      expect(group.ask(leader, REPLICA_PATHS.raft, bytes)).toBeUndefined();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(group.ask(leader, REPLICA_PATHS.raft, bytes)).toBeUndefined();
      }),
    );
    const { term, last, role } = group.replica(leader).status();
    expect({ term, last, role }).toEqual({ term: before.term, last: before.last, role: before.role });
  });

  test('that a stopped replica gets is lost', () => {
    const group = new ShardedGroup();
    group.replica(0).stop();
    expect(group.ask(0, REPLICA_PATHS.raft, MESSAGE.encode(VOTE))).toBeUndefined();
  });
});

describe('"you are needed"', () => {
  test('has a group elect a leader at once, and is not answered', () => {
    const group = new ShardedGroup();
    expect(group.ask(2, REPLICA_PATHS.wake)).toBeUndefined();
    expect(group.group.leader).toBe(2);
  });

  test('leaves a group alone that has a leader', () => {
    const group = new ShardedGroup();
    const leader = group.leader();
    const { term } = group.replica(leader).status();
    for (const server of group.group.servers) group.ask(server, REPLICA_PATHS.wake);
    expect(group.leader()).toBe(leader);
    expect(group.replica(leader).status().term).toBe(term);
  });
});

test('what a replica is, it says to people in JSON', () => {
  const group = new ShardedGroup();
  const leader = group.leader();
  expect(group.json(leader, REPLICA_PATHS.status)).toMatchObject({
    id: leader + 1,
    role: 'leader',
    membership: { voters: [1, 2, 3], learners: [] },
    queuedCommands: 0,
  });
});
