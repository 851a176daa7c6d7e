/**
 * Raft figure 2, sentence by sentence: each test is named after one, and asserts all effects of one step on a replica
 * with a hand-made past. Replica 1 is the one that is tested; its election time-out is 500 ms, without jitter.
 */

import { describe, expect, test } from 'vitest';
import { effects, entry, follower, leader, noop, receive, replica, step, store } from './rig/replica.ts';

/** Of term 3, with what most tests do not care about. */
const append = {
  type: 'append-request',
  from: 2,
  term: 3,
  previous: { index: 0, term: 0 },
  entries: [],
  commit: 0,
  readRound: 0,
  touch: false,
} as const;

const reply = { type: 'append-reply', from: 1, to: 2, term: 3, readRound: 0, touched: false } as const;
const accepted = (match: number) => ({ type: 'accepted', match }) as const;

describe('State', () => {
  test('currentTerm: latest term server has seen (initialized to 0 on first boot, increases monotonically)', () => {
    const raft = replica();
    expect(raft.status().term).toBe(0);
    receive(raft, 0, { ...append, term: 3 });
    receive(raft, 0, { ...append, term: 2 });
    expect(raft.status().term).toBe(3);
  });

  test('votedFor: candidateId that received vote in current term (or null if none)', () => {
    expect(replica({ term: 3, votedFor: 2 }).status().votedFor).toBe(2);
    expect(replica().status().votedFor).toBeUndefined();
  });

  test('persistent state is updated on stable storage before responding to RPCs', () => {
    const vote = {
      type: 'vote-request',
      from: 2,
      term: 3,
      last: { index: 0, term: 0 },
      transfer: false,
    } as const;
    expect(receive(replica(), 0, vote)).toEqual(
      effects({
        store: store(1, { hardState: { term: 3, votedFor: 2 } }),
        promises: [{ type: 'vote-reply', from: 1, to: 2, term: 3, granted: true }],
        roleChanged: true,
      }),
    );
  });

  test('commitIndex and lastApplied are initialized to what is known to be applied, and increase monotonically', () => {
    const raft = replica({ entryTerms: [1, 1, 1], applied: 2 });
    expect(raft.status()).toMatchObject({ commit: 2, applied: 2 });
    receive(raft, 0, { ...append, term: 1, previous: { index: 3, term: 1 }, commit: 1 });
    expect(raft.status()).toMatchObject({ commit: 2, applied: 2 });
  });

  test('nextIndex: initialized to leader last log index + 1; matchIndex: initialized to 0', () => {
    const raft = leader({ entryTerms: [1, 1], options: { noopOnElection: false } });
    expect(raft.status().peers).toMatchObject([
      { id: 2, next: 3, match: 0 },
      { id: 3, next: 3, match: 0 },
    ]);
  });
});

describe('AppendEntries RPC, receiver implementation', () => {
  test('1. Reply false if term < currentTerm (5.1)', () => {
    const raft = follower({ term: 3, entryTerms: [1] });
    expect(receive(raft, 0, { ...append, term: 2, previous: { index: 1, term: 1 } })).toEqual(
      effects({
        promises: [{ ...reply, result: { type: 'rejected', previous: 1, hint: { index: 0, term: 0 } } }],
      }),
    );
  });

  test('2. Reply false if log has no entry at prevLogIndex (5.3)', () => {
    const raft = follower({ term: 3, entryTerms: [1, 1] });
    expect(receive(raft, 0, { ...append, previous: { index: 5, term: 2 }, entries: [entry(6, 3)] })).toEqual(
      effects({
        promises: [{ ...reply, result: { type: 'rejected', previous: 5, hint: { index: 2, term: 1 } } }],
      }),
    );
  });

  test('2. Reply false if the term at prevLogIndex differs; the hint skips the whole term (5.3)', () => {
    const raft = follower({ term: 3, entryTerms: [1, 2, 2, 2] });
    expect(receive(raft, 0, { ...append, previous: { index: 3, term: 1 } })).toEqual(
      effects({
        promises: [{ ...reply, result: { type: 'rejected', previous: 3, hint: { index: 1, term: 1 } } }],
      }),
    );
  });

  test('3. If an existing entry conflicts with a new one, delete it and all that follow it (5.3)', () => {
    const raft = follower({ term: 3, entryTerms: [1, 1, 2, 2] });
    const entries = [entry(2, 1), entry(3, 3)];
    expect(receive(raft, 0, { ...append, previous: { index: 1, term: 1 }, entries })).toEqual(
      effects({
        store: store(1, { truncateFrom: 3, append: [entry(3, 3)] }),
        promises: [{ ...reply, result: accepted(3), touched: true }],
      }),
    );
  });

  test('3. Entries that do not conflict are not deleted, however late the message is', () => {
    const raft = follower({ term: 3, entryTerms: [1, 1, 3, 3] });
    expect(receive(raft, 0, { ...append, previous: { index: 1, term: 1 }, entries: [entry(2, 1)] })).toEqual(
      effects({ promises: [{ ...reply, result: accepted(2) }] }),
    );
    expect(raft.status().last).toEqual({ index: 4, term: 3 });
  });

  test('4. Append any new entries not already in the log', () => {
    const raft = follower({ term: 3, entryTerms: [1, 1] });
    const entries = [entry(2, 1), entry(3, 3), entry(4, 3)];
    expect(receive(raft, 0, { ...append, previous: { index: 1, term: 1 }, entries })).toEqual(
      effects({
        store: store(1, { append: [entry(3, 3), entry(4, 3)] }),
        promises: [{ ...reply, result: accepted(4), touched: true }],
      }),
    );
  });

  test('5. If leaderCommit > commitIndex, set commitIndex = min(leaderCommit, index of last new entry): leaderCommit', () => {
    const raft = follower({ term: 3, entryTerms: [1, 1, 1] });
    expect(receive(raft, 0, { ...append, previous: { index: 3, term: 1 }, commit: 2 })).toEqual(
      effects({ promises: [{ ...reply, result: accepted(3) }], apply: [entry(1, 1), entry(2, 1)] }),
    );
  });

  test('5. If leaderCommit > commitIndex, set commitIndex = min(leaderCommit, index of last new entry): the last new entry, not the last of the log', () => {
    const raft = follower({ term: 3, entryTerms: [1, 1, 2] });
    expect(
      receive(raft, 0, { ...append, previous: { index: 1, term: 1 }, entries: [entry(2, 1)], commit: 3 }),
    ).toEqual(effects({ promises: [{ ...reply, result: accepted(2) }], apply: [entry(1, 1), entry(2, 1)] }));
  });

  test('entries that do not follow one another are no append', () => {
    const raft = follower({ term: 3, entryTerms: [1] });
    const entries = [entry(2, 3), entry(4, 3)];
    expect(receive(raft, 0, { ...append, previous: { index: 1, term: 1 }, entries })).toEqual(effects({}));
  });

  test('a committed entry is never deleted', () => {
    const raft = follower({ term: 3, entryTerms: [1, 1, 1], applied: 3 });
    const entries = [entry(2, 2), entry(3, 2)];
    expect(receive(raft, 0, { ...append, previous: { index: 1, term: 1 }, entries })).toEqual(effects({}));
    expect(raft.status().last).toEqual({ index: 3, term: 1 });
  });
});

describe('RequestVote RPC, receiver implementation', () => {
  const vote = {
    type: 'vote-request',
    from: 2,
    term: 3,
    last: { index: 2, term: 2 },
    transfer: false,
  } as const;
  const answer = (granted: boolean) => [{ type: 'vote-reply', from: 1, to: 2, term: 3, granted } as const];

  test('1. Reply false if term < currentTerm (5.1)', () => {
    const raft = replica({ term: 3 });
    expect(receive(raft, 0, { ...vote, term: 2 })).toEqual(effects({ promises: answer(false) }));
  });

  test('2. If votedFor is null and the log of the candidate is up to date, grant vote (5.2, 5.4)', () => {
    const raft = replica({ term: 3, entryTerms: [1, 2] });
    expect(receive(raft, 0, vote)).toEqual(
      effects({ store: store(1, { hardState: { term: 3, votedFor: 2 } }), promises: answer(true) }),
    );
  });

  test('2. If votedFor is candidateId, grant vote again', () => {
    const raft = replica({ term: 3, votedFor: 2, entryTerms: [1, 2] });
    expect(receive(raft, 0, vote)).toEqual(effects({ promises: answer(true) }));
  });

  test('2. If votedFor is another, do not grant vote', () => {
    const raft = replica({ term: 3, votedFor: 3, entryTerms: [1, 2] });
    expect(receive(raft, 0, vote)).toEqual(effects({ promises: answer(false) }));
  });

  test('5.4.1: if the logs end with different terms, the log with the later term is more up-to-date', () => {
    const raft = replica({ term: 3, entryTerms: [1, 2] });
    const last = { index: 9, term: 1 };
    expect(receive(raft, 0, { ...vote, last })).toEqual(effects({ promises: answer(false) }));
  });

  test('5.4.1: if the logs end with the same term, whichever log is longer is more up-to-date', () => {
    const raft = replica({ term: 3, entryTerms: [1, 2, 2] });
    expect(receive(raft, 0, vote)).toEqual(effects({ promises: answer(false) }));
  });
});

describe('Rules for all servers', () => {
  test('If commitIndex > lastApplied: apply, in order, as much as one step may, and go on when it is applied (5.3)', () => {
    const raft = follower({ term: 3, entryTerms: [1, 1, 1], options: { applyBytesMax: 6 } });
    const first = receive(raft, 0, { ...append, previous: { index: 3, term: 1 }, commit: 3 });
    expect(first.apply).toEqual([entry(1, 1), entry(2, 1)]);
    expect(step(raft, 0, { type: 'tick' })).toEqual(effects({}));
    expect(step(raft, 0, { type: 'applied', index: 2 })).toEqual(effects({ apply: [entry(3, 1)] }));
  });

  test('If RPC request contains term T > currentTerm: set currentTerm = T, convert to follower (5.1)', () => {
    const raft = leader({ term: 2 });
    expect(receive(raft, 0, { ...append, term: 7 })).toEqual(
      effects({
        store: store(3, { hardState: { term: 7, votedFor: undefined } }),
        promises: [{ ...reply, term: 7, result: accepted(0) }],
        roleChanged: true,
      }),
    );
    expect(raft.status()).toMatchObject({ role: 'follower', term: 7, leader: 2 });
  });

  test('If RPC response contains term T > currentTerm: set currentTerm = T, convert to follower (5.1)', () => {
    const raft = leader({ term: 2 });
    const hint = { index: 0, term: 0 };
    expect(
      receive(raft, 0, { ...reply, from: 2, term: 7, result: { type: 'rejected', previous: 0, hint } }),
    ).toEqual(
      effects({ store: store(3, { hardState: { term: 7, votedFor: undefined } }), roleChanged: true }),
    );
    expect(raft.status()).toMatchObject({ role: 'follower', term: 7, leader: undefined });
  });
});

describe('Rules for followers (5.2)', () => {
  const vote = {
    type: 'vote-request',
    from: 2,
    term: 3,
    last: { index: 0, term: 0 },
    transfer: false,
  } as const;

  test('If election timeout elapses without hearing from current leader or granting vote: convert to candidate', () => {
    const raft = replica();
    expect(step(raft, 499, { type: 'tick' })).toEqual(effects({}));
    step(raft, 500, { type: 'tick' });
    expect(raft.status().role).toBe('pre-candidate');
  });

  test('AppendEntries from the current leader postpones that', () => {
    const raft = replica({ term: 3 });
    receive(raft, 400, append);
    expect(raft.deadline()).toBe(900);
  });

  test('AppendEntries of an earlier leader does not', () => {
    const raft = replica({ term: 3 });
    receive(raft, 400, { ...append, term: 2 });
    expect(raft.deadline()).toBe(500);
  });

  test('granting a vote postpones it', () => {
    const raft = replica({ term: 3 });
    receive(raft, 400, vote);
    expect(raft.deadline()).toBe(900);
  });

  test('refusing a vote does not, not even in a new term', () => {
    const raft = replica({ term: 3, entryTerms: [1] });
    receive(raft, 400, { ...vote, term: 4 });
    expect(raft.deadline()).toBe(500);
  });
});

describe('Rules for candidates (5.2)', () => {
  /** In term 1, with its own vote on disk. */
  function candidate() {
    const raft = replica();
    step(raft, 0, { type: 'campaign' });
    receive(raft, 0, { type: 'pre-vote-reply', from: 2, term: 0, campaignTerm: 1, granted: true });
    step(raft, 0, { type: 'stored', id: 1 });
    return raft;
  }

  test('On conversion to candidate: increment currentTerm, vote for self, reset election timer, send RequestVote RPCs to all other servers', () => {
    const raft = replica();
    step(raft, 0, { type: 'campaign' });
    const reply = { type: 'pre-vote-reply', from: 2, term: 0, campaignTerm: 1, granted: true } as const;
    const request = {
      type: 'vote-request',
      from: 1,
      term: 1,
      last: { index: 0, term: 0 },
      transfer: false,
    } as const;
    expect(receive(raft, 100, reply)).toEqual(
      effects({
        store: store(1, { hardState: { term: 1, votedFor: 1 } }),
        promises: [
          { ...request, to: 2 },
          { ...request, to: 3 },
        ],
        roleChanged: true,
      }),
    );
    expect(raft.deadline()).toBe(600);
  });

  test('If votes received from majority of servers: become leader, and send initial AppendEntries RPCs to each server', () => {
    const request = { ...append, from: 1, term: 1, entries: [noop(1, 1)] } as const;
    expect(receive(candidate(), 0, { type: 'vote-reply', from: 3, term: 1, granted: true })).toEqual(
      effects({
        messages: [
          { ...request, to: 2 },
          { ...request, to: 3 },
        ],
        store: store(2, { append: [noop(1, 1)] }),
        roleChanged: true,
      }),
    );
  });

  test('one vote twice is one vote', () => {
    const raft = replica({ voters: [1, 2, 3, 4, 5] });
    step(raft, 0, { type: 'campaign' });
    for (const from of [2, 3]) {
      receive(raft, 0, { type: 'pre-vote-reply', from, term: 0, campaignTerm: 1, granted: true });
    }
    step(raft, 0, { type: 'stored', id: 1 });
    for (let times = 0; times < 3; times += 1) {
      receive(raft, 0, { type: 'vote-reply', from: 2, term: 1, granted: true });
    }
    expect(raft.status().role).toBe('candidate');
  });

  test('the vote of a learner is no vote', () => {
    const raft = replica({ learners: [4] });
    step(raft, 0, { type: 'campaign' });
    receive(raft, 0, { type: 'pre-vote-reply', from: 2, term: 0, campaignTerm: 1, granted: true });
    step(raft, 0, { type: 'stored', id: 1 });
    receive(raft, 0, { type: 'vote-reply', from: 4, term: 1, granted: true });
    expect(raft.status().role).toBe('candidate');
  });

  test('If AppendEntries RPC received from new leader: convert to follower', () => {
    const raft = candidate();
    expect(receive(raft, 0, { ...append, term: 1 })).toEqual(
      effects({ promises: [{ ...reply, term: 1, result: accepted(0) }], roleChanged: true }),
    );
    expect(raft.status()).toMatchObject({ role: 'follower', leader: 2, votedFor: 1 });
  });

  test('If election timeout elapses: start new election', () => {
    const raft = candidate();
    const request = { type: 'pre-vote-request', from: 1, term: 1, last: { index: 0, term: 0 } } as const;
    expect(step(raft, 500, { type: 'tick' })).toEqual(
      effects({
        messages: [
          { ...request, to: 2 },
          { ...request, to: 3 },
        ],
        roleChanged: true,
      }),
    );
  });
});
