/** A group is formed once, by all its first members; whoever finds it formed without its disk stays out. */

import { describe, expect, test } from 'vitest';
import { asDiskId, asReplicaId, Membership } from '../../../src/raft/index.ts';
import { receive, replica, step } from './rig/replica.ts';

const FORMED = Membership.of([1, 2, 3].map(asReplicaId), []).withDisks(
  new Map(['a', 'b', 'c'].map((disk, at) => [asReplicaId(at + 1), asDiskId(disk)])),
);

const unformed = (id: number, disk: string) => replica({ id, disk });
const says = (from: number, disk: string, membership?: Membership) =>
  ({ type: 'introduction-reply', from, term: 0, disk: asDiskId(disk), membership }) as const;
const asks = (from: number, disk: string, membership?: Membership) =>
  ({ type: 'introduction-request', from, term: 0, disk: asDiskId(disk), membership }) as const;

const vote = { type: 'vote-request', from: 2, term: 9, last: { index: 9, term: 8 }, transfer: true } as const;

describe('a replica with a new disk', () => {
  test('asks all others when it is woken, and when its time is up', () => {
    const raft = unformed(2, 'b');
    for (const input of [{ type: 'campaign' }, { type: 'tick' }] as const) {
      const { messages } = step(raft, raft.deadline(), input);
      expect(messages).toMatchObject([1, 3].map((to) => ({ type: 'introduction-request', to, disk: 'b' })));
    }
  });

  test('neither votes nor campaigns nor follows, but asks whoever speaks as one of a group', () => {
    const raft = unformed(1, 'a');
    const { messages, promises } = receive(raft, 0, vote);
    expect([messages, promises]).toMatchObject([[{ type: 'introduction-request', to: 2 }], []]);
    expect(raft.status()).toMatchObject({ term: 0, role: 'follower', standing: 'unformed' });
  });

  test('is a member of the group that names its disk', () => {
    const raft = unformed(1, 'a');
    const { store } = receive(raft, 0, says(2, 'b', FORMED));
    expect(store?.membership).toEqual(FORMED);
    expect(raft.status().standing).toBe('member');
  });

  test('is forgetful in the group that names another', () => {
    const raft = unformed(1, 'new');
    receive(raft, 0, says(2, 'b', FORMED));
    expect(raft.status().standing).toBe('forgetful');
    expect(raft.deadline()).toBe(Number.POSITIVE_INFINITY);
    expect(receive(raft, 0, { ...vote, disk: asDiskId('b') }).promises).toEqual([]);
  });
});

describe('the one with the lowest number', () => {
  test('forms the group when all others have said that they know of none, and tells them when that is durable', () => {
    const raft = unformed(1, 'a');
    step(raft, 0, { type: 'campaign' });
    expect(receive(raft, 0, says(2, 'b')).store).toBeUndefined();
    const { store, messages, promises } = receive(raft, 0, says(3, 'c'));
    expect(store?.membership).toEqual(FORMED);
    expect(messages).toEqual([]);
    expect(promises).toMatchObject(
      [2, 3].map((to) => ({ type: 'introduction-request', to, membership: FORMED })),
    );
  });

  test('campaigns as soon as a majority has joined', () => {
    const raft = unformed(1, 'a');
    for (const message of [says(2, 'b'), says(3, 'c')]) receive(raft, 0, message);
    expect(raft.role).toBe('follower');
    receive(raft, 0, says(3, 'c', FORMED));
    expect(raft.role).toBe('pre-candidate');
  });

  test('takes no question for an answer: it may be old', () => {
    const raft = unformed(1, 'a');
    receive(raft, 0, says(2, 'b'));
    const { store, messages } = receive(raft, 0, asks(3, 'c'));
    expect(store).toBeUndefined();
    expect(messages).toMatchObject([{ type: 'introduction-request', to: 3, membership: undefined }]);
  });

  test('forms none if anybody belongs to one', () => {
    const raft = unformed(1, 'new');
    receive(raft, 0, says(2, 'b', FORMED));
    receive(raft, 0, says(3, 'c'));
    expect(raft.status()).toMatchObject({ standing: 'forgetful', membership: FORMED });
  });
});

test('nobody else forms one', () => {
  const raft = unformed(2, 'b');
  for (const message of [says(1, 'a'), says(3, 'c')]) receive(raft, 0, message);
  expect(raft.status().standing).toBe('unformed');
});

test('a single replica forms its group alone', () => {
  const raft = replica({ voters: [1], disk: 'a' });
  step(raft, 0, { type: 'campaign' });
  expect(raft.status()).toMatchObject({ standing: 'member', role: 'candidate' });
});

test('a group of hosts whose disks have no ids is what its membership says', () => {
  expect(replica().status().standing).toBe('member');
  expect(receive(replica(), 0, vote).promises).toMatchObject([{ granted: true }]);
});
