/** Raft figure 13 (InstallSnapshot), sentence by sentence; see figure2.test.ts. */

import { describe, expect, test } from 'vitest';
import { asReplicaId, Membership, type SnapshotChunk } from '../../../src/raft/index.ts';
import { encodeText } from './rig/disk.ts';
import { effects, follower, leader, noop, type Plain, receive, replica, step, store } from './rig/replica.ts';

const snapshot = { index: 5, term: 2, membership: Membership.of([1, 2, 3].map(asReplicaId), []) };

/** The first of several chunks. */
const first = {
  snapshot,
  stream: 's',
  cursor: '',
  nextCursor: 'b',
  data: encodeText('a'),
  done: false,
} as const;
/** From the leader of term 3. */
const carrying = (chunk: Plain<SnapshotChunk>) =>
  ({ type: 'snapshot-request', from: 2, term: 3, chunk }) as const;
const reply = { type: 'snapshot-reply', from: 1, to: 2, term: 3, stream: 's', answers: '' } as const;
const installed = { type: 'installed', match: 5 } as const;
const continueAt = (cursor: string) => ({ type: 'continue', cursor }) as const;

describe('InstallSnapshot RPC, receiver implementation', () => {
  test('1. Reply immediately if term < currentTerm', () => {
    const raft = follower({ term: 3 });
    expect(receive(raft, 0, { ...carrying(first), term: 2 })).toEqual(
      effects({ promises: [{ ...reply, result: continueAt('') }] }),
    );
  });

  test('2. Create new snapshot file if first chunk; 4. Reply and wait for more data chunks if done is false', () => {
    const raft = follower({ term: 3 });
    expect(receive(raft, 0, carrying(first))).toEqual(
      effects({ store: store(1, { install: first }), promises: [{ ...reply, result: continueAt('b') }] }),
    );
    expect(raft.status()).toMatchObject({ commit: 0, applied: 0 });
  });

  test('3. Write data into snapshot file at given offset', () => {
    const raft = follower({ term: 3, staging: { stream: 's', cursor: 'b' } });
    expect(receive(raft, 0, carrying({ ...first, cursor: 'b', nextCursor: 'c' }))).toEqual(
      effects({
        store: store(1, { install: { ...first, cursor: 'b', nextCursor: 'c' } }),
        promises: [{ ...reply, answers: 'b', result: continueAt('c') }],
      }),
    );
  });

  test('a chunk at another place than the next one is not written: the answer names the place', () => {
    const raft = follower({ term: 3, staging: { stream: 's', cursor: 'c' } });
    expect(receive(raft, 0, carrying({ ...first, cursor: 'b' }))).toEqual(
      effects({ promises: [{ ...reply, answers: 'b', result: continueAt('c') }] }),
    );
  });

  test('chunks of different streams never mix', () => {
    const raft = follower({ term: 3, staging: { stream: 'other', cursor: 'b' } });
    expect(receive(raft, 0, carrying({ ...first, cursor: 'b' }))).toEqual(
      effects({ promises: [{ ...reply, answers: 'b', result: continueAt('') }] }),
    );
  });

  test('5. Discard any existing or partial snapshot: a new stream takes the place of the old one', () => {
    const raft = follower({ term: 3, staging: { stream: 'other', cursor: 'b' } });
    expect(receive(raft, 0, carrying(first)).store).toEqual(store(1, { install: first }));
  });

  test('5. A snapshot that is not ahead of the commit index is not saved', () => {
    const raft = follower({ term: 3, entryTerms: [1, 1, 2, 2, 2], applied: 5 });
    expect(receive(raft, 0, carrying(first))).toEqual(
      effects({ promises: [{ ...reply, result: installed }] }),
    );
  });

  test("6. If existing log entry has same index and term as snapshot's last included entry, retain log entries following it", () => {
    const raft = follower({ term: 3, entryTerms: [1, 1, 2, 2, 2, 2] });
    const done = { nextCursor: '', done: true } as const;
    expect(receive(raft, 0, carrying({ ...first, ...done }))).toEqual(
      effects({
        store: store(1, { install: { ...first, ...done }, compactThrough: { index: 5, term: 2 } }),
        promises: [{ ...reply, result: installed }],
      }),
    );
    expect(raft.status()).toMatchObject({ last: { index: 6, term: 2 }, commit: 5, applied: 5 });
  });

  test('7. Discard the entire log; 8. Reset state machine using snapshot contents', () => {
    const raft = follower({ term: 3, entryTerms: [1, 1, 1, 1, 1, 1, 1] });
    const done = { nextCursor: '', done: true } as const;
    expect(receive(raft, 0, carrying({ ...first, ...done }))).toEqual(
      effects({
        store: store(1, {
          truncateFrom: 1,
          install: { ...first, ...done },
          compactThrough: { index: 5, term: 2 },
        }),
        promises: [{ ...reply, result: installed }],
      }),
    );
    expect(raft.status()).toMatchObject({ last: { index: 5, term: 2 }, commit: 5, applied: 5 });
  });

  test("8. Load snapshot's cluster configuration", () => {
    const raft = follower({ term: 3 });
    const membership = Membership.of([1, 2, 3].map(asReplicaId), [asReplicaId(4)]);
    receive(raft, 0, carrying({ ...first, snapshot: { ...snapshot, membership }, done: true }));
    expect(raft.status().membership).toEqual(membership);
  });

  test('what was received in part survives a restart', () => {
    const raft = replica({ term: 3, staging: { stream: 's', cursor: 'b' } });
    expect(receive(raft, 0, carrying({ ...first, cursor: 'b', done: true })).store?.install).toMatchObject({
      cursor: 'b',
    });
  });
});

describe('InstallSnapshot RPC, sender', () => {
  const asked = { type: 'append-reply', from: 2, term: 3, readRound: 0, touched: false } as const;
  const refused = { type: 'rejected', previous: 5, hint: { index: 1, term: 1 } } as const;
  const serve = (chunk: Plain<SnapshotChunk>) => ({ type: 'snapshot-chunk', to: 2, chunk }) as const;
  const answer = { type: 'snapshot-reply', from: 2, term: 3, stream: 's', answers: '' } as const;

  /** Leads term 3; entries 1 to 5 are compacted; replica 2 has refused an append after them. */
  function sender() {
    const raft = leader({ compacted: { index: 5, term: 2 } });
    expect(receive(raft, 0, { ...asked, result: refused })).toEqual(
      effects({ chunkRequests: [{ to: 2, stream: undefined, cursor: '' }] }),
    );
    return raft;
  }

  test('Invoked by leader to send chunks of a snapshot to a follower that needs discarded entries (7)', () => {
    expect(step(sender(), 0, serve(first))).toEqual(
      effects({ messages: [{ type: 'snapshot-request', from: 1, to: 2, term: 3, chunk: first }] }),
    );
  });

  test('Leaders always send chunks in order: the next one is asked for where the receiver wants it', () => {
    const raft = sender();
    step(raft, 0, serve(first));
    expect(receive(raft, 0, { ...answer, result: continueAt('b') })).toEqual(
      effects({ chunkRequests: [{ to: 2, stream: 's', cursor: 'b' }] }),
    );
  });

  test('a late answer does not turn the stream back', () => {
    const raft = sender();
    step(raft, 0, serve(first));
    receive(raft, 0, { ...answer, result: continueAt('b') });
    step(raft, 0, serve({ ...first, cursor: 'b', nextCursor: 'c' }));
    expect(receive(raft, 0, { ...answer, result: continueAt('b') })).toEqual(effects({}));
  });

  test('when it is installed, the entries after it follow from the log', () => {
    const raft = sender();
    step(raft, 0, serve({ ...first, nextCursor: '', done: true }));
    const { messages } = receive(raft, 0, { ...answer, result: installed });
    expect(messages).toMatchObject([{ previous: { index: 5, term: 2 }, entries: [noop(6, 3)] }]);
  });

  test('a chunk that was lost is asked for again when the answer is overdue and the peer is heard', () => {
    const raft = sender();
    step(raft, 0, serve(first));
    expect(step(raft, 400, { type: 'tick' }).chunkRequests).toEqual([]);
    expect(receive(raft, 400, { ...asked, result: { type: 'accepted', match: 0 } })).toEqual(
      effects({ chunkRequests: [{ to: 2, stream: 's', cursor: '' }] }),
    );
  });

  test('an acknowledgement of what is in the log ends the stream', () => {
    const raft = sender();
    receive(raft, 0, { ...asked, result: { type: 'accepted', match: 5 } });
    expect(raft.status().peers[0]).toMatchObject({ replication: 'replicate', match: 5 });
    expect(step(raft, 0, serve(first))).toEqual(effects({}));
  });

  test('a peer that never acknowledged anything gets the snapshot, not entries that are gone', () => {
    const raft = leader({ entryTerms: [2], applied: 1, options: { noopOnElection: false } });
    step(raft, 0, { type: 'compact', through: 1 });
    receive(raft, 0, { ...asked, result: { type: 'rejected', previous: 1, hint: { index: 0, term: 0 } } });
    expect(raft.status().peers[0]).toMatchObject({ replication: 'snapshot' });
  });
});
