/** Who has lost its past has no vote, until a majority without it has taken it back (docs/decisions/0010). */

import { describe, expect, test } from 'vitest';
import { asDiskId, asReplicaId, type Raft } from '../../../src/raft/index.ts';
import { effects, entry, receive, replica, step } from './rig/replica.ts';

const DISKS = ['a', 'b', 'c'] as const;
const OWN = { disk: 'a', disks: DISKS } as const;
const of = (disk: string) => ({ disk: asDiskId(disk) });

/** Replica 1 leads term 1 by the vote of 2; its first entry is on its disk. */
function leads(): Raft {
  const raft = replica(OWN);
  step(raft, 0, { type: 'campaign' });
  receive(raft, 0, { type: 'pre-vote-reply', from: 2, term: 0, campaignTerm: 1, granted: true, ...of('b') });
  step(raft, 0, { type: 'stored', id: 1 });
  receive(raft, 0, { type: 'vote-reply', from: 2, term: 1, granted: true, ...of('b') });
  step(raft, 0, { type: 'stored', id: 2 });
  expect(raft.role).toBe('leader');
  return raft;
}

const agrees = (raft: Raft, from: number, disk: string, match: number, nowMs = 0) =>
  receive(raft, nowMs, {
    type: 'append-reply',
    from,
    term: 1,
    result: { type: 'accepted', match },
    readRound: 0,
    touched: true,
    ...of(disk),
  });

describe('of a member with another disk', () => {
  test('neither votes nor pre-votes count', () => {
    const raft = replica(OWN);
    step(raft, 0, { type: 'campaign' });
    receive(raft, 0, {
      type: 'pre-vote-reply',
      from: 3,
      term: 0,
      campaignTerm: 1,
      granted: true,
      ...of('new'),
    });
    expect(raft.role).toBe('pre-candidate');
  });

  test('requests for votes are judged by the log alone: its readmission may not be known here yet', () => {
    const raft = replica(OWN);
    const request = { from: 3, term: 4, last: { index: 9, term: 3 }, ...of('new') } as const;
    const asked = receive(raft, 0, { ...request, type: 'pre-vote-request' });
    expect(asked.promises).toMatchObject([{ type: 'pre-vote-reply', granted: true }]);
    const voted = receive(raft, 0, { ...request, type: 'vote-request', transfer: true });
    expect(voted.promises).toMatchObject([{ type: 'vote-reply', granted: true }]);
    const shorter = receive(raft, 0, {
      ...request,
      from: 2,
      ...of('b'),
      type: 'vote-request',
      transfer: true,
    });
    expect(shorter.promises).toMatchObject([{ granted: false }]);
  });

  test('requests for votes get no answer of a replica that is forgetful itself', () => {
    const raft = replica({ ...OWN, disk: 'another' });
    const request = { from: 3, term: 4, last: { index: 9, term: 3 }, ...of('c') } as const;
    expect(receive(raft, 0, { ...request, type: 'vote-request', transfer: true })).toEqual(effects({}));
    expect(receive(raft, 0, { ...request, type: 'pre-vote-request' })).toEqual(effects({}));
    expect(raft.status().term).toBe(0);
  });

  test('acknowledgements commit nothing', () => {
    const raft = leads();
    agrees(raft, 3, 'new', 1);
    expect(raft.status()).toMatchObject({
      commit: 0,
      peers: [{}, { id: 3, match: 1, standing: 'forgetful' }],
    });
    agrees(raft, 2, 'b', 1);
    expect(raft.status().commit).toBe(1);
  });

  test('acknowledgements of the old disk do not count for the new one', () => {
    const raft = leads();
    agrees(raft, 3, 'c', 1);
    agrees(raft, 3, 'new', 0);
    expect(raft.status().peers).toMatchObject([{}, { id: 3, match: 0, standing: 'forgetful' }]);
  });

  test('appends are followed: its readmission may not be known here yet', () => {
    const raft = replica(OWN);
    const append = {
      previous: { index: 0, term: 0 },
      entries: [entry(1, 2)],
      commit: 0,
      readRound: 0,
      touch: false,
    };
    receive(raft, 0, { type: 'append-request', from: 3, term: 2, ...append, ...of('new') });
    expect(raft.leader).toBe(3);
  });
});

describe('a readmission', () => {
  const readmission = { replica: asReplicaId(3), disk: asDiskId('new') };
  const readmit = (raft: Raft) => step(raft, 0, { type: 'readmit', readmission });

  /** Replica 3 has come back with a new disk, and has the only entry. */
  function leadsForgetful(): Raft {
    const raft = leads();
    agrees(raft, 2, 'b', 1);
    step(raft, 0, { type: 'applied', index: 1 });
    agrees(raft, 3, 'new', 1);
    return raft;
  }

  test('is an entry, which the disk that it names does not help to commit', () => {
    const raft = leadsForgetful();
    expect(readmit(raft).store?.append).toMatchObject([{ index: 2, kind: 'readmission', readmission }]);
    step(raft, 0, { type: 'stored', id: 3 });
    agrees(raft, 3, 'new', 2);
    expect(raft.status().commit).toBe(1);
    const { apply, store } = agrees(raft, 2, 'b', 2);
    expect(apply).toMatchObject([{ index: 2 }]);
    expect(store?.membership?.disks.get(asReplicaId(3))).toBe('new');
  });

  test('is done when the replica and a majority without it know of it', () => {
    const raft = leadsForgetful();
    readmit(raft);
    step(raft, 0, { type: 'stored', id: 3 });
    agrees(raft, 2, 'b', 2);
    const sealed = step(raft, 0, { type: 'applied', index: 2 });
    expect(sealed.store?.append).toMatchObject([{ index: 3, kind: 'noop' }]);
    expect(sealed.messages).toMatchObject([
      { to: 2, commit: 2 },
      { to: 3, commit: 2 },
    ]);
    step(raft, 0, { type: 'stored', id: 5 });
    agrees(raft, 2, 'b', 3);
    expect(raft.standingOf(asReplicaId(3))).toBe('readmitted');
    agrees(raft, 3, 'new', 3);
    expect(raft.standingOf(asReplicaId(3))).toBe('member');
  });

  test.each([
    ['a disk that did not answer', { ...readmission, disk: asDiskId('another') }],
    ['nobody', { ...readmission, replica: asReplicaId(9) }],
  ])('is not proposed for %s', (_, wrong) => {
    const raft = leadsForgetful();
    expect(step(raft, 0, { type: 'readmit', readmission: wrong })).toEqual(effects({}));
  });

  test('that an earlier leader has carried out is done when this one knows who knows of it', () => {
    const raft = leadsForgetful();
    const known = { replica: asReplicaId(2), disk: asDiskId('b') };
    const { store } = step(raft, 0, { type: 'readmit', readmission: known });
    expect(store?.append).toMatchObject([{ index: 2, kind: 'noop' }]);
    expect(raft.standingOf(known.replica)).toBe('readmitted');
  });

  test('is not proposed for one that has not caught up', () => {
    const raft = leads();
    agrees(raft, 3, 'new', 0);
    expect(readmit(raft)).toEqual(effects({}));
  });

  test('gives a forgetful replica its vote when it applies it', () => {
    const raft = replica({ ...OWN, id: 3, disk: 'new' });
    expect(raft.status().standing).toBe('forgetful');
    const entries = [{ ...entry(1, 1), kind: 'readmission' as const, readmission }];
    const append = { previous: { index: 0, term: 0 }, entries, commit: 1, readRound: 0, touch: false };
    receive(raft, 0, { type: 'append-request', from: 1, term: 1, ...append, ...of('a') });
    expect(raft.status().standing).toBe('member');
    expect(raft.deadline()).toBeLessThan(Number.POSITIVE_INFINITY);
  });
});

test('a readmission ends what is handed out at once, and what follows waits until all of that is applied', () => {
  const raft = replica(OWN);
  const readmits = (index: number, disk: string) => ({
    ...entry(index, 1),
    kind: 'readmission' as const,
    readmission: { replica: asReplicaId(3), disk: asDiskId(disk) },
  });
  const entries = [entry(1, 1), readmits(2, 'old'), entry(3, 1), readmits(4, 'new'), entry(5, 1)];
  const append = { previous: { index: 0, term: 0 }, entries, commit: 5, readRound: 0, touch: false };
  const first = receive(raft, 0, { type: 'append-request', from: 2, term: 1, ...append, ...of('b') });
  expect(first.apply).toMatchObject([{ index: 1 }, { index: 2 }]);
  expect(first.store?.membership?.disks.get(asReplicaId(3))).toBe('old');
  expect(step(raft, 0, { type: 'applied', index: 1 }).apply).toEqual([]);
  const second = step(raft, 0, { type: 'applied', index: 2 });
  expect(second.apply).toMatchObject([{ index: 3 }, { index: 4 }]);
  expect(second.store?.membership?.disks.get(asReplicaId(3))).toBe('new');
  expect(step(raft, 0, { type: 'applied', index: 4 }).apply).toMatchObject([{ index: 5 }]);
});

test('what is committed is learned from whoever knows it, also before an election', () => {
  const raft = replica({ ...OWN, entryTerms: [1, 1] });
  const request = { type: 'pre-vote-request', from: 3, term: 1, last: { index: 1, term: 1 } } as const;
  receive(raft, 0, { ...request, commit: { index: 1, term: 1 }, ...of('new') });
  expect(raft.status().commit).toBe(1);
  receive(raft, 0, { ...request, term: 2, commit: { index: 2, term: 2 }, ...of('new') });
  expect(raft.status().commit).toBe(1);
});
