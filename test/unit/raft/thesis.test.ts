/**
 * What the dissertation ("Consensus: Bridging Theory and Practice") adds to the paper, sentence by sentence; see
 * figure2.test.ts.
 */

import { describe, expect, test } from 'vitest';
import { encodeText } from './rig/disk.ts';
import { effects, follower, leader, type Past, receive, replica, step, store } from './rig/replica.ts';

const reply = { type: 'append-reply', term: 1, readRound: 0, touched: false } as const;
const accepted = (match: number) => ({ type: 'accepted', match }) as const;
const append = { type: 'append-request', from: 1, term: 1, entries: [], readRound: 0, touch: false } as const;
const propose = { type: 'propose', payload: encodeText('x') } as const;

/** Leads term 1; its no-op is committed and applied, and on the disks of all. */
function settledLeader(more: Past = {}) {
  const raft = leader(more);
  for (const from of (more.voters ?? [1, 2, 3]).slice(1)) {
    receive(raft, 0, { ...reply, from, result: accepted(1) });
  }
  step(raft, 0, { type: 'applied', index: 1 });
  return raft;
}

describe('3.10 Leadership transfer', () => {
  test('1. The prior leader stops accepting new client requests', () => {
    const raft = settledLeader();
    step(raft, 0, { type: 'transfer', to: 2 });
    expect(step(raft, 0, propose)).toEqual(effects({ proposal: { type: 'overloaded' } }));
  });

  test("2. It fully updates the target's log, 3. then sends a TimeoutNow request", () => {
    const raft = settledLeader();
    step(raft, 0, propose);
    expect(step(raft, 0, { type: 'transfer', to: 2 })).toEqual(effects({}));
    expect(receive(raft, 0, { ...reply, from: 2, result: accepted(2) })).toEqual(
      effects({ messages: [{ type: 'timeout-now', from: 1, to: 2, term: 1 }] }),
    );
  });

  test('3. TimeoutNow causes the target to start a new election at once', () => {
    const raft = follower({ term: 1 });
    const request = {
      type: 'vote-request',
      from: 1,
      term: 2,
      last: { index: 0, term: 0 },
      transfer: true,
    } as const;
    expect(receive(raft, 0, { type: 'timeout-now', from: 2, term: 1 })).toEqual(
      effects({
        store: store(1, { hardState: { term: 2, votedFor: 1 } }),
        promises: [
          { ...request, to: 2 },
          { ...request, to: 3 },
        ],
        roleChanged: true,
      }),
    );
  });

  test('TimeoutNow of an earlier term changes nothing', () => {
    const raft = follower({ term: 2 });
    expect(receive(raft, 0, { type: 'timeout-now', from: 2, term: 1 })).toEqual(effects({}));
  });

  test('a learner does not campaign when it is told to', () => {
    const raft = follower({ term: 1, voters: [2, 3], learners: [1] });
    expect(receive(raft, 0, { type: 'timeout-now', from: 2, term: 1 })).toEqual(effects({}));
  });

  test('If it does not complete after about an election timeout, the leader aborts it and accepts requests again', () => {
    const raft = settledLeader();
    step(raft, 0, { type: 'transfer', to: 2 });
    receive(raft, 400, { ...reply, from: 3, result: accepted(1) });
    step(raft, 499, { type: 'tick' });
    expect(step(raft, 499, propose).proposal).toEqual({ type: 'overloaded' });
    step(raft, 500, { type: 'tick' });
    expect(step(raft, 500, propose).proposal).toEqual({ type: 'accepted', index: 2, term: 1 });
  });
});

describe('4.2.3 Disruptive servers', () => {
  const vote = {
    type: 'vote-request',
    from: 3,
    term: 2,
    last: { index: 9, term: 1 },
    transfer: false,
  } as const;

  test('If a server hears from a current leader, within the election timeout it neither updates its term nor grants its vote', () => {
    const raft = follower({ term: 1 });
    expect(receive(raft, 499, vote)).toEqual(
      effects({ promises: [{ type: 'vote-reply', from: 1, to: 3, term: 1, granted: false }] }),
    );
    expect(raft.status()).toMatchObject({ term: 1, leader: 2 });
  });

  test('after the election timeout it does', () => {
    const raft = follower({ term: 1 });
    expect(receive(raft, 500, vote).promises).toEqual([
      { type: 'vote-reply', from: 1, to: 3, term: 2, granted: true },
    ]);
  });

  test('the leader itself is not deposed by a vote request', () => {
    const raft = settledLeader();
    receive(raft, 0, vote);
    expect(raft.status()).toMatchObject({ role: 'leader', term: 1 });
  });

  test('leadership transfer is the exception', () => {
    const raft = follower({ term: 1 });
    expect(receive(raft, 0, { ...vote, transfer: true }).promises).toMatchObject([
      { term: 2, granted: true },
    ]);
  });
});

describe('6.2 Check-quorum', () => {
  test('A leader steps down if an election timeout elapses without a round of heartbeats to a majority', () => {
    const raft = settledLeader();
    step(raft, 500, { type: 'tick' });
    expect(raft.status().role).toBe('leader');
    expect(step(raft, 1000, { type: 'tick' })).toEqual(effects({ roleChanged: true }));
    expect(raft.status()).toMatchObject({ role: 'follower', term: 1, leader: undefined });
  });

  test('one voter of two others is enough, a learner is not', () => {
    for (const [from, role] of [
      [2, 'leader'],
      [4, 'follower'],
    ] as const) {
      const raft = settledLeader({ learners: [4] });
      step(raft, 500, { type: 'tick' });
      receive(raft, 900, { ...reply, from, result: accepted(1) });
      step(raft, 1000, { type: 'tick' });
      expect(raft.status().role).toBe(role);
    }
  });
});

describe('6.4 Processing read-only queries more efficiently', () => {
  const round = (number: number, touched = false) =>
    ({ ...reply, readRound: number, touched, result: accepted(1) }) as const;
  const ready = (id: number, index: number) => ({ id, outcome: { type: 'ready', index } }) as const;
  const heartbeat = { ...append, previous: { index: 1, term: 1 }, commit: 1 } as const;

  test('1. If the leader has not yet marked an entry from its current term committed, it waits until it has done so', () => {
    const raft = leader();
    step(raft, 0, { type: 'read', id: 7 });
    receive(raft, 0, { ...reply, from: 2, readRound: 1, result: accepted(0) });
    expect(receive(raft, 0, { ...reply, from: 3, readRound: 1, result: accepted(0) }).reads).toEqual([]);
    expect(receive(raft, 0, { ...reply, from: 2, readRound: 1, result: accepted(1) }).reads).toEqual([
      ready(7, 1),
    ]);
  });

  test('2. The leader saves its current commit index: the answer names it, though more is committed meanwhile', () => {
    const raft = settledLeader();
    step(raft, 0, { type: 'read', id: 7 });
    step(raft, 0, propose);
    receive(raft, 0, { ...reply, from: 2, result: accepted(2) });
    receive(raft, 0, { ...reply, from: 3, result: accepted(2) });
    expect(raft.status().commit).toBe(2);
    receive(raft, 0, { ...round(1), from: 2 });
    expect(receive(raft, 0, { ...round(1), from: 3 }).reads).toEqual([ready(7, 1)]);
  });

  test('3. It issues a new round of heartbeats', () => {
    expect(step(settledLeader(), 0, { type: 'read', id: 7 })).toEqual(
      effects({
        messages: [
          { ...heartbeat, to: 2, readRound: 1 },
          { ...heartbeat, to: 3, readRound: 1 },
        ],
      }),
    );
  });

  test('3. and waits for their acknowledgments: an answer to an earlier round does not count', () => {
    const raft = settledLeader();
    step(raft, 0, { type: 'read', id: 7 });
    expect(receive(raft, 0, { ...round(0), from: 2 })).toEqual(effects({}));
    expect(receive(raft, 0, { ...round(0), from: 3 })).toEqual(effects({}));
  });

  test('of three voters all three confirm without a write; with two of three each must have written', () => {
    const all = settledLeader();
    step(all, 0, { type: 'read', id: 7 });
    expect(receive(all, 0, { ...round(1), from: 2 })).toEqual(effects({}));
    expect(receive(all, 0, { ...round(1), from: 3 })).toEqual(effects({ reads: [ready(7, 1)] }));

    const two = settledLeader();
    step(two, 0, { type: 'read', id: 7 });
    const again = step(two, 100, { type: 'tick' });
    expect(again.store).toEqual(store(3, { touch: true }));
    expect(again.messages).toMatchObject([
      { readRound: 1, touch: true },
      { readRound: 1, touch: true },
    ]);
    expect(receive(two, 100, { ...round(1, true), from: 2 })).toEqual(effects({}));
    expect(step(two, 100, { type: 'stored', id: 3 })).toEqual(effects({ reads: [ready(7, 1)] }));
  });

  test('a heartbeat repeats a round, and asks for writes only if the round is as old as a heartbeat interval', () => {
    const raft = settledLeader();
    step(raft, 50, { type: 'read', id: 7 });
    const young = step(raft, 100, { type: 'tick' });
    expect(young.store).toBeUndefined();
    expect(young.messages).toMatchObject([
      { readRound: 1, touch: false },
      { readRound: 1, touch: false },
    ]);
    expect(step(raft, 200, { type: 'tick' }).store).toEqual(store(3, { touch: true }));
  });

  test('a follower that is asked to touches its disk before it answers', () => {
    const raft = follower({ term: 1 });
    const request = {
      ...append,
      from: 2,
      previous: { index: 0, term: 0 },
      commit: 0,
      readRound: 4,
      touch: true,
    };
    expect(receive(raft, 0, request as typeof request & { type: 'append-request' })).toEqual(
      effects({
        store: store(1, { touch: true }),
        promises: [{ ...reply, from: 1, to: 2, readRound: 4, touched: true, result: accepted(0) }],
      }),
    );
  });

  test('reads that come during a round wait for the next one, all together', () => {
    const raft = settledLeader();
    step(raft, 0, { type: 'read', id: 1 });
    expect(step(raft, 0, { type: 'read', id: 2 })).toEqual(effects({}));
    expect(step(raft, 0, { type: 'read', id: 3 })).toEqual(effects({}));
    receive(raft, 0, { ...round(1), from: 2 });
    const first = receive(raft, 0, { ...round(1), from: 3 });
    expect(first.reads).toEqual([ready(1, 1)]);
    expect(first.messages).toMatchObject([{ readRound: 2 }, { readRound: 2 }]);
    receive(raft, 0, { ...round(2), from: 2 });
    expect(receive(raft, 0, { ...round(2), from: 3 }).reads).toEqual([ready(2, 1), ready(3, 1)]);
  });

  test('a leader that is deposed answers its reads with the way to go on', () => {
    const raft = settledLeader();
    step(raft, 0, { type: 'read', id: 7 });
    const request = { ...append, from: 2, term: 2, previous: { index: 0, term: 0 }, commit: 0 } as const;
    expect(receive(raft, 0, request).reads).toEqual([{ id: 7, outcome: { type: 'not-leader', leader: 2 } }]);
  });

  test('more reads than may wait are refused', () => {
    const raft = settledLeader({ options: { pendingReadsMax: 1 } });
    step(raft, 0, { type: 'read', id: 1 });
    expect(step(raft, 0, { type: 'read', id: 2 })).toEqual(
      effects({ reads: [{ id: 2, outcome: { type: 'overloaded' } }] }),
    );
  });
});

describe('9.6 Pre-vote', () => {
  const question = { type: 'pre-vote-request', from: 2, term: 3, last: { index: 1, term: 3 } } as const;
  const answer = { type: 'pre-vote-reply', from: 1, to: 2, term: 3, campaignTerm: 4 } as const;

  test('a candidate only increments its term if it first learns from a majority that they would grant it their votes', () => {
    const raft = replica();
    step(raft, 500, { type: 'tick' });
    expect(raft.status()).toMatchObject({ role: 'pre-candidate', term: 0, votedFor: undefined });
    receive(raft, 500, { type: 'pre-vote-reply', from: 2, term: 0, campaignTerm: 1, granted: true });
    expect(raft.status()).toMatchObject({ role: 'candidate', term: 1, votedFor: 1 });
  });

  test('a majority that says no ends it', () => {
    const raft = replica();
    step(raft, 500, { type: 'tick' });
    for (const from of [2, 3]) {
      receive(raft, 500, { type: 'pre-vote-reply', from, term: 0, campaignTerm: 1, granted: false });
    }
    expect(raft.status()).toMatchObject({ role: 'follower', term: 0 });
  });

  test("Yes, if the candidate's log is sufficiently up-to-date, and no leader was heard", () => {
    const raft = replica({ term: 3 });
    expect(receive(raft, 0, question)).toEqual(effects({ promises: [{ ...answer, granted: true }] }));
    expect(raft.deadline()).toBe(500);
  });

  test('the question of a later term changes neither the term nor the vote nor the timer of the one who is asked', () => {
    const raft = replica({ term: 3, votedFor: 1 });
    expect(receive(raft, 400, { ...question, term: 7, last: { index: 1, term: 7 } })).toEqual(
      effects({ promises: [{ ...answer, campaignTerm: 8, granted: true }] }),
    );
    expect(raft.status()).toMatchObject({ term: 3, votedFor: 1 });
    expect(raft.deadline()).toBe(500);
  });

  test('No, if a valid leader was heard within an election timeout', () => {
    const raft = follower({ term: 3 });
    expect(receive(raft, 499, question)).toEqual(effects({ promises: [{ ...answer, granted: false }] }));
    expect(receive(raft, 500, question)).toEqual(effects({ promises: [{ ...answer, granted: true }] }));
  });

  test('No, if the log is behind', () => {
    const raft = replica({ entryTerms: [3, 3] });
    expect(receive(raft, 0, question)).toEqual(effects({ promises: [{ ...answer, granted: false }] }));
  });

  test('one who is behind in its term hears of it, or nobody could ever ask it again', () => {
    const raft = replica({ term: 5 });
    expect(receive(raft, 0, question)).toEqual(
      effects({ promises: [{ ...answer, term: 5, granted: false }] }),
    );
    const asker = replica({ id: 2, term: 3 });
    step(asker, 500, { type: 'tick' });
    receive(asker, 500, { type: 'pre-vote-reply', from: 1, term: 5, campaignTerm: 4, granted: false });
    expect(asker.status()).toMatchObject({ role: 'follower', term: 5 });
  });

  test('an answer to an earlier question does not count', () => {
    const raft = replica({ term: 3 });
    step(raft, 500, { type: 'tick' });
    receive(raft, 500, { type: 'pre-vote-reply', from: 2, term: 2, campaignTerm: 3, granted: true });
    expect(raft.status().role).toBe('pre-candidate');
  });

  test('`campaign` leaves an election alone that is under way', () => {
    const raft = replica();
    step(raft, 0, { type: 'campaign' });
    receive(raft, 0, { type: 'pre-vote-reply', from: 2, term: 0, campaignTerm: 1, granted: true });
    expect(step(raft, 0, { type: 'campaign' })).toEqual(effects({}));
    expect(raft.status().role).toBe('candidate');
  });
});
