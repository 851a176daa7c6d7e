/** Raft figure 2, rules for leaders, sentence by sentence; see figure2.test.ts. */

import { describe, expect, test } from 'vitest';
import { encodeText } from './rig/disk.ts';
import { effects, entry, leader, noop, type Past, receive, step, store } from './rig/replica.ts';

const append = {
  type: 'append-request',
  from: 1,
  term: 3,
  entries: [],
  commit: 0,
  readRound: 0,
  touch: false,
} as const;

const reply = { type: 'append-reply', term: 3, readRound: 0, touched: true } as const;
const accepted = (match: number) => ({ type: 'accepted', match }) as const;
const propose = (text: string) => ({ type: 'propose', payload: encodeText(text) }) as const;

/** Leads term 3 with entries 1@1, 2@2 and its no-op 3@3, none of them committed. */
const past: Past = { entryTerms: [1, 2] };

/** As above, and replica 2 has all entries. */
function followed(more: Past = {}) {
  const raft = leader({ ...past, ...more });
  receive(raft, 0, { ...reply, from: 2, result: accepted(3) });
  step(raft, 0, { type: 'applied', index: 3 });
  return raft;
}

describe('Rules for leaders', () => {
  test('repeat AppendEntries RPCs during idle periods to prevent election timeouts (5.2)', () => {
    const raft = followed();
    expect(raft.deadline()).toBe(100);
    expect(step(raft, 100, { type: 'tick' })).toEqual(
      effects({
        messages: [
          { ...append, to: 2, previous: { index: 3, term: 3 }, commit: 3 },
          { ...append, to: 3, previous: { index: 0, term: 0 }, commit: 3 },
        ],
      }),
    );
    expect(raft.deadline()).toBe(200);
  });

  test('If command received from client: append entry to local log (5.3)', () => {
    const raft = followed();
    expect(step(raft, 0, propose('x'))).toEqual(
      effects({
        messages: [
          { ...append, to: 2, previous: { index: 3, term: 3 }, entries: [entry(4, 3, 'x')], commit: 3 },
        ],
        store: store(3, { append: [entry(4, 3, 'x')] }),
        proposal: { type: 'accepted', index: 4, term: 3 },
      }),
    );
  });

  test('respond after entry applied to state machine: it is handed out once a majority has it', () => {
    const raft = followed();
    step(raft, 0, propose('x'));
    step(raft, 0, { type: 'stored', id: 3 });
    expect(receive(raft, 0, { ...reply, from: 2, result: accepted(4) })).toEqual(
      effects({ apply: [entry(4, 3, 'x')] }),
    );
  });

  test('If last log index >= nextIndex for a follower: send AppendEntries RPC with log entries starting at nextIndex', () => {
    const raft = leader(past);
    step(raft, 0, propose('x'));
    expect(receive(raft, 0, { ...reply, from: 2, result: accepted(3) }).messages).toEqual([
      { ...append, to: 2, previous: { index: 3, term: 3 }, entries: [entry(4, 3, 'x')], commit: 3 },
    ]);
  });

  test('If successful: update nextIndex and matchIndex for follower (5.3)', () => {
    expect(followed().status().peers[0]).toMatchObject({ id: 2, match: 3, next: 4 });
  });

  test('If AppendEntries fails because of log inconsistency: decrement nextIndex and retry (5.3)', () => {
    const raft = leader(past);
    const result = { type: 'rejected', previous: 2, hint: { index: 1, term: 1 } } as const;
    expect(receive(raft, 0, { ...reply, from: 2, result })).toEqual(
      effects({
        messages: [{ ...append, to: 2, previous: { index: 1, term: 1 }, entries: [entry(2, 2), noop(3, 3)] }],
      }),
    );
  });

  test('If a majority of matchIndex[i] >= N, and log[N].term == currentTerm: set commitIndex = N (5.3, 5.4)', () => {
    expect(receive(leader(past), 0, { ...reply, from: 2, result: accepted(3) })).toEqual(
      effects({ apply: [entry(1, 1), entry(2, 2), noop(3, 3)] }),
    );
  });

  test('5.4.2: only log entries from the current term are committed by counting replicas', () => {
    const raft = leader(past);
    expect(receive(raft, 0, { ...reply, from: 2, result: accepted(2) }).apply).toEqual([]);
    expect(receive(raft, 0, { ...reply, from: 3, result: accepted(2) }).apply).toEqual([]);
    expect(raft.status().commit).toBe(0);
  });

  test('a learner does not count', () => {
    const raft = leader({ ...past, learners: [4] });
    expect(receive(raft, 0, { ...reply, from: 4, result: accepted(3) }).apply).toEqual([]);
  });

  test('10.2.1: the leader counts itself only after it has written the entry to its own disk', () => {
    const raft = followed();
    step(raft, 0, propose('x'));
    expect(receive(raft, 0, { ...reply, from: 2, result: accepted(4) })).toEqual(effects({}));
    expect(step(raft, 0, { type: 'stored', id: 3 })).toEqual(effects({ apply: [entry(4, 3, 'x')] }));
  });

  test('10.2.1: the leader may even commit an entry before it has been written to its own disk', () => {
    const raft = followed();
    step(raft, 0, propose('x'));
    receive(raft, 0, { ...reply, from: 2, result: accepted(4) });
    expect(receive(raft, 0, { ...reply, from: 3, result: accepted(4) })).toEqual(
      effects({ apply: [entry(4, 3, 'x')] }),
    );
  });

  test('10.2.1: appends follow one another without waiting, within the limit, from the next entry', () => {
    const raft = followed({ options: { inflightMessagesMax: 2 } });
    const sent = ['a', 'b', 'c'].map((text) => step(raft, 0, propose(text)).messages.length);
    expect(sent).toEqual([1, 1, 0]);
    expect(receive(raft, 0, { ...reply, from: 2, result: accepted(4) }).messages).toEqual([
      { ...append, to: 2, previous: { index: 5, term: 3 }, entries: [entry(6, 3, 'c')], commit: 3 },
    ]);
  });
});

describe('Stale replies', () => {
  test('a late acknowledgement does not turn matchIndex back', () => {
    const raft = followed();
    receive(raft, 0, { ...reply, from: 2, result: accepted(1) });
    expect(raft.status().peers[0]).toMatchObject({ match: 3, next: 4 });
  });

  test('a refusal of what was acknowledged since changes nothing', () => {
    const raft = followed();
    const result = { type: 'rejected', previous: 2, hint: { index: 0, term: 0 } } as const;
    expect(receive(raft, 0, { ...reply, from: 2, result })).toEqual(effects({}));
  });

  test('a refusal of an earlier probe changes nothing', () => {
    const raft = leader(past);
    const refusal = (previous: number, index: number) =>
      ({ ...reply, from: 2, result: { type: 'rejected', previous, hint: { index, term: 1 } } }) as const;
    receive(raft, 0, refusal(2, 1));
    expect(receive(raft, 0, refusal(2, 1))).toEqual(effects({}));
  });

  test('a reply of an earlier term changes nothing', () => {
    const raft = leader(past);
    expect(receive(raft, 0, { ...reply, from: 2, term: 2, result: accepted(3) })).toEqual(effects({}));
    expect(raft.status().peers[0]).toMatchObject({ match: 0 });
  });

  test('a confirmation of a write that was overwritten does not count for what took its place', () => {
    // The write of 4@3 and 5@3 is slow. Meanwhile the leader of term 4 replaces 4@3, and 5@3 is gone.
    const raft = leader(past);
    step(raft, 0, propose('old'));
    const slow = step(raft, 0, propose('old')).store?.id ?? 0;
    receive(raft, 0, {
      ...append,
      from: 2,
      term: 4,
      previous: { index: 3, term: 3 },
      entries: [entry(4, 4)],
    });
    // Replica 1 leads term 5 by the votes of the others, and its no-op 5@5 is in the place of 5@3.
    step(raft, 600, { type: 'tick' });
    receive(raft, 600, { type: 'pre-vote-reply', from: 2, term: 4, campaignTerm: 5, granted: true });
    receive(raft, 600, { type: 'vote-reply', from: 2, term: 5, granted: true });
    receive(raft, 600, { type: 'vote-reply', from: 3, term: 5, granted: true });
    expect(raft.status()).toMatchObject({ role: 'leader', last: { index: 5, term: 5 } });
    receive(raft, 600, { ...reply, term: 5, from: 2, result: accepted(5) });
    expect(step(raft, 600, { type: 'stored', id: slow })).toEqual(effects({}));
    expect(step(raft, 600, { type: 'stored', id: slow + 3 }).apply).toHaveLength(5);
  });
});
