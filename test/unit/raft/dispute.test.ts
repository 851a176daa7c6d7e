/** A leader whose log contradicts what is committed: nothing is agreed with, and soon the replica stops (dispute.ts). */

import { expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/raft/index.ts';
import { effects, entry, follower, receive } from './rig/replica.ts';

const { electionTimeoutMs, heartbeatIntervalMs } = DEFAULT_LIMITS;

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

const snapshot = (index: number, term: number) => {
  const { membership } = follower().status();
  const chunk = { stream: 's', cursor: '', nextCursor: '', data: new Uint8Array(0), done: true };
  return {
    type: 'snapshot-request',
    from: 2,
    term: 3,
    chunk: { ...chunk, snapshot: { index, term, membership } },
  } as const;
};

const cases = [
  ['an empty append at its own commit', { ...append, previous: { index: 3, term: 2 } }],
  ['an empty append before its commit', { ...append, previous: { index: 2, term: 2 } }],
  ['an append over what is committed', { ...append, entries: [entry(1, 1), entry(2, 1), entry(3, 3)] }],
  ['a snapshot below its commit', snapshot(2, 2)],
] as const;

test.each(cases)(
  '%s that contradicts what is committed gets no answer, and the reason in the end',
  (_, message) => {
    const raft = follower({ term: 3, entryTerms: [1, 1, 1], applied: 3 });
    expect(receive(raft, 0, message)).toEqual(effects({}));
    expect(() => receive(raft, electionTimeoutMs, message)).toThrow('raft.F2: the log of leader 2 has');
  },
);

test('what is compacted is contradicted by a term that is too high for it', () => {
  const raft = follower({ term: 3, compacted: { index: 5, term: 2 }, entryTerms: [2], applied: 6 });
  expect(receive(raft, 0, { ...append, previous: { index: 4, term: 3 } })).toEqual(effects({}));
  expect(receive(raft, 0, { ...append, previous: { index: 4, term: 1 } }).promises).toHaveLength(1);
});

test('an acknowledgement of a heartbeat covers no more than the heartbeat names', () => {
  const raft = follower({ term: 3, entryTerms: [1, 1, 1], applied: 3 });
  expect(receive(raft, 0, append).promises).toMatchObject([{ result: { type: 'accepted', match: 0 } }]);
});

test('one that the true leader contradicts is forgotten', () => {
  const raft = follower({ term: 3, entryTerms: [1, 1, 1], applied: 3 });
  for (let nowMs = 0; nowMs <= 2 * electionTimeoutMs; nowMs += heartbeatIntervalMs) {
    receive(raft, nowMs, { ...append, previous: { index: 2, term: 2 } });
    receive(raft, nowMs, { ...append, previous: { index: 3, term: 1 } });
  }
  expect(raft.leader).toBe(2);
});

test('heartbeats that prove nothing do not put it off', () => {
  const raft = follower({ term: 3, entryTerms: [1, 1, 1], applied: 3 });
  receive(raft, 0, { ...append, previous: { index: 3, term: 2 } });
  for (let nowMs = 0; nowMs < electionTimeoutMs; nowMs += heartbeatIntervalMs) receive(raft, nowMs, append);
  expect(() => receive(raft, electionTimeoutMs, { ...append, previous: { index: 3, term: 2 } })).toThrow(
    'raft.F2',
  );
});
