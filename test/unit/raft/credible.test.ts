/** Messages that cannot be true are as if they had been lost: what they say changes nothing (credible.ts). */

import { describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/raft/index.ts';
import { effects, entry, follower, leader, receive, replica, step } from './rig/replica.ts';

const append = {
  type: 'append-request',
  from: 2,
  term: 3,
  previous: { index: 1, term: 1 },
  entries: [],
  commit: 0,
  readRound: 0,
  touch: false,
} as const;

const vote = { type: 'vote-request', from: 2, term: 3, last: { index: 9, term: 2 }, transfer: true } as const;
const { termLeapMax, indexLeapMax } = DEFAULT_LIMITS;

describe('a replica hears nobody', () => {
  const follows = () => follower({ term: 3, entryTerms: [1], learners: [4] });

  test.each([
    ['who is no member', { ...append, from: 99, term: 2 ** 48 }],
    ['who is no member and wants a vote', { ...vote, from: 99, term: 2 ** 48 }],
    ['who has its own number', { ...append, from: 1, term: 4 }],
    ['who leads a term that has a leader', { ...append, from: 3 }],
    ['who hands over what another leads', { type: 'timeout-now', from: 3, term: 3 } as const],
    ['whose entries have a gap', { ...append, entries: [entry(2, 3), entry(4, 3)] }],
    ['whose entries begin elsewhere', { ...append, entries: [entry(3, 3)] }],
    ['whose entries fall in terms', { ...append, entries: [entry(2, 3), entry(3, 2)] }],
    [
      'whose entries begin in an earlier term',
      { ...append, previous: { index: 1, term: 2 }, entries: [entry(2, 1)] },
    ],
    ['whose entries are of the future', { ...append, entries: [entry(2, 4)] }],
    ['whose previous entry is of the future', { ...append, previous: { index: 1, term: 4 } }],
    ['whose log ends in the future', { ...vote, term: 4, last: { index: 9, term: 5 } }],
    ['who names a term without an index', { ...append, previous: { index: 0, term: 1 } }],
  ])('%s', (_, message) => {
    const raft = follows();
    const before = raft.status();
    expect(receive(raft, 0, message)).toEqual(effects({}));
    expect(raft.status()).toEqual(before);
  });

  test('of whom a message for another replica tells', () => {
    const raft = follows();
    const message = { ...append, term: 4, to: 3 };
    expect(step(raft, 0, { type: 'message', message })).toEqual(effects({}));
  });

  test.each([
    ['beyond all that it could ever hold', { index: indexLeapMax + 2 }],
    ['of the future', { term: 4 }],
    ['of nothing', { index: 0, term: 0 }],
  ])('who sends a snapshot %s', (_, some) => {
    const raft = follows();
    const snapshot = { index: 9, term: 3, membership: raft.status().membership, ...some };
    const chunk = { snapshot, stream: 's', cursor: '', nextCursor: '', data: new Uint8Array(0), done: true };
    expect(receive(raft, 0, { type: 'snapshot-request', from: 2, term: 3, chunk })).toEqual(effects({}));
  });
});

describe('a leader hears no answer', () => {
  const reply = { type: 'append-reply', from: 2, term: 1, readRound: 0, touched: false } as const;

  test.each([
    ['that agrees with more than there is', { ...reply, result: { type: 'accepted', match: 2 } as const }],
    [
      'to a read that nobody asked',
      { ...reply, readRound: 1, result: { type: 'accepted', match: 1 } as const },
    ],
    [
      'whose hint is of the future',
      {
        ...reply,
        result: { type: 'rejected', previous: 1, hint: { index: 1, term: 2 } } as const,
      },
    ],
    ['of one who is no member', { ...reply, from: 9, result: { type: 'accepted', match: 1 } as const }],
    [
      'of a member who has its own number',
      { ...reply, from: 1, result: { type: 'accepted', match: 1 } as const },
    ],
  ])('%s', (_, message) => {
    const raft = leader();
    const before = raft.status();
    expect(receive(raft, 0, message)).toEqual(effects({}));
    expect(raft.status()).toEqual(before);
  });
});

describe('the term', () => {
  test('a leader that says nothing more is replaced by another of the same term', () => {
    const raft = follower({ term: 3, entryTerms: [1] });
    receive(raft, DEFAULT_LIMITS.electionTimeoutMs, { ...append, from: 3 });
    expect(raft.leader).toBe(3);
  });

  test.each([
    ['an append', { ...append, term: 2 ** 53 - 1 }],
    ['a vote request', { ...vote, term: 2 ** 53 - 1 }],
    ['a vote', { type: 'vote-reply', from: 2, term: 2 ** 53 - 1, granted: true } as const],
  ])('goes no further than a bound for %s', (_, message) => {
    const raft = replica({ term: 3, entryTerms: [1] });
    expect(receive(raft, 0, message).promises).toEqual([]);
    expect(raft.status()).toMatchObject({ term: 3 + termLeapMax, leader: undefined, votedFor: undefined });
  });

  test('is reached in steps by one who lags by more than the bound', () => {
    const raft = replica({ term: 3, entryTerms: [1] });
    const term = 3 + 2 * termLeapMax + 7;
    for (const nowMs of [100, 200]) receive(raft, nowMs, { ...append, term });
    expect(raft.status().leader).toBeUndefined();
    receive(raft, 300, { ...append, term });
    expect(raft.status()).toMatchObject({ term, leader: 2 });
  });
});
