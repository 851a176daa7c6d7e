/** What a leader does about requests that its transport reports as lost. */

import { describe, expect, test } from 'vitest';
import type { AppendRequest, Effects, Raft, Request, SnapshotRequest } from '../../../src/raft/index.ts';
import { asReplicaId, Membership } from '../../../src/raft/index.ts';
import { encodeText } from './rig/disk.ts';
import { effects, leader, receive, step } from './rig/replica.ts';

const PEER = 2;
const HEARTBEAT_MS = 100;
const answer = { type: 'append-reply', from: PEER, term: 3, readRound: 0, touched: false } as const;
const snapshot = { index: 5, term: 2, membership: Membership.of([1, 2, 3].map(asReplicaId), []) };
const chunk = { snapshot, stream: 's', cursor: '', nextCursor: 'b', data: encodeText('a'), done: false };

function lost(raft: Raft, nowMs: number, message: Request): Effects {
  return raft.step(nowMs, { type: 'lost', message });
}

const accept = (raft: Raft, nowMs: number, match: number): Effects =>
  receive(raft, nowMs, { ...answer, result: { type: 'accepted', match } });

const propose = (raft: Raft, nowMs: number): Effects =>
  step(raft, nowMs, { type: 'propose', payload: encodeText('x') });

const peerOf = (raft: Raft) => raft.status().peers.find(({ id }) => id === PEER);

/** What goes to the peer that is more than a sign of life. */
function appendsOf({ messages }: Effects): readonly AppendRequest[] {
  return messages.filter(
    (message) => message.type === 'append-request' && message.to === PEER && message.entries.length > 0,
  ) as readonly AppendRequest[];
}

function onlyAppend(effects: Effects): AppendRequest {
  const [append, ...rest] = appendsOf(effects);
  if (append === undefined || rest.length > 0) throw new Error('not one append goes to the peer');
  return append;
}

/** Leads term 3 with entry 3 of its own, which the peer has; then proposes entry 4. */
function streaming(): { raft: Raft; append: AppendRequest } {
  const raft = leader({ entryTerms: [1, 2] });
  accept(raft, 1, 3);
  return { raft, append: onlyAppend(propose(raft, 1)) };
}

/** Has refused an append after 2, and is probed after 1. */
function probing(): { raft: Raft; probe: AppendRequest } {
  const raft = leader({ entryTerms: [1, 2] });
  const hint = { index: 1, term: 1 };
  const probe = onlyAppend(receive(raft, 1, { ...answer, result: { type: 'rejected', previous: 2, hint } }));
  return { raft, probe };
}

/** Needs a snapshot, whose first chunk was sent. */
function transferring(): { raft: Raft; request: SnapshotRequest } {
  const raft = leader({ compacted: { index: 5, term: 2 } });
  receive(raft, 1, { ...answer, result: { type: 'rejected', previous: 5, hint: { index: 1, term: 1 } } });
  const [request] = step(raft, 1, { type: 'snapshot-chunk', to: PEER, chunk }).messages;
  if (request?.type !== 'snapshot-request') throw new Error('no chunk was sent');
  return { raft, request };
}

describe('a loss that is reported is made good at once', () => {
  test('an append: the peer is probed with what it lacks', () => {
    const { raft, append } = streaming();
    expect(lost(raft, 2, append)).toEqual(effects({ messages: [append] }));
    expect(peerOf(raft)).toMatchObject({ replication: 'probe', match: 3 });
  });

  test('a probe, at the place where it was', () => {
    const { raft, probe } = probing();
    expect(lost(raft, 2, probe)).toEqual(effects({ messages: [probe] }));
  });

  test('a chunk, which the host is asked for again', () => {
    const { raft, request } = transferring();
    expect(lost(raft, 2, request)).toEqual(
      effects({ chunkRequests: [{ to: PEER, stream: 's', cursor: '' }] }),
    );
  });
});

describe('but not again and again (raft.P4)', () => {
  test('a peer that is down gets one message more, then heartbeats, however much is proposed', () => {
    const { raft, append } = streaming();
    const again = onlyAppend(lost(raft, 2, append));
    expect(lost(raft, 3, again)).toEqual(effects({}));
    for (let nowMs = 100; nowMs < 500; nowMs += 100) {
      expect(appendsOf(propose(raft, nowMs))).toEqual([]);
      const { messages } = step(raft, nowMs, { type: 'tick' });
      for (const message of messages) expect(lost(raft, nowMs, message)).toEqual(effects({}));
      expect(appendsOf({ ...effects({}), messages } as Effects)).toEqual([]);
    }
  });

  test('a peer that answers a heartbeat again gets what it lacks', () => {
    const { raft, append } = streaming();
    lost(raft, 3, onlyAppend(lost(raft, 2, append)));
    expect(appendsOf(accept(raft, 50, 3))).toEqual([]);
    expect(onlyAppend(accept(raft, 102, 3))).toMatchObject({ previous: { index: 3 } });
  });

  test('so does one in the middle of a snapshot', () => {
    const { raft, request } = transferring();
    lost(raft, 2, request);
    step(raft, 3, { type: 'snapshot-chunk', to: PEER, chunk });
    expect(lost(raft, 4, request)).toEqual(effects({}));
    expect(accept(raft, 102, 0).chunkRequests).toEqual([{ to: PEER, stream: 's', cursor: '' }]);
  });

  test('a peer that answers all the time and loses every append gets a few in a heartbeat interval', () => {
    const { raft, append } = streaming();
    const sentAtMs: number[] = [];
    let waiting: readonly AppendRequest[] = [append];
    for (let nowMs = 2; nowMs < 1000; nowMs += 1) {
      const sent = waiting.flatMap((message) => appendsOf(lost(raft, nowMs, message)));
      waiting = [...sent, ...appendsOf(accept(raft, nowMs, 3))];
      sentAtMs.push(...waiting.map(() => nowMs));
    }
    // Each of two losses an interval, and once more each, since an answer ends the search of a probe on its way.
    expect(sentAtMs.length).toBeGreaterThan(5);
    for (const fromMs of sentAtMs) {
      const within = sentAtMs.filter((atMs) => atMs >= fromMs && atMs < fromMs + HEARTBEAT_MS);
      expect(within.length).toBeLessThanOrEqual(4);
    }
  });
});

describe('a report that comes late, or speaks of what is not waited for, changes nothing', () => {
  const changesNothing = (raft: Raft, message: Request) => {
    const before = raft.status();
    expect(lost(raft, 5, message)).toEqual(effects({}));
    expect(raft.status()).toMatchObject({ ...before, peers: [{ match: before.peers[0]?.match }, {}] });
    expect(peerOf(raft)?.replication).toBe(before.peers[0]?.replication);
  };

  test('of an append that was acknowledged since', () => {
    const { raft, append } = streaming();
    accept(raft, 2, 4);
    changesNothing(raft, append);
    expect(peerOf(raft)).toMatchObject({ replication: 'replicate', match: 4 });
  });

  test('of an append that was given up with another, while later ones are on their way', () => {
    const { raft, append } = streaming();
    const second = onlyAppend(propose(raft, 2));
    const probe = onlyAppend(lost(raft, 3, append));
    changesNothing(raft, second);
    accept(raft, 6, 5);
    propose(raft, 7);
    changesNothing(raft, probe);
    changesNothing(raft, append);
    expect(peerOf(raft)).toMatchObject({ replication: 'replicate', next: 7 });
  });

  test('of an append of an earlier term', () => {
    const { raft, append } = streaming();
    changesNothing(raft, { ...append, term: 2 as typeof append.term });
  });

  test('of a probe at another place', () => {
    const { raft, probe } = probing();
    receive(raft, 2, { ...answer, result: { type: 'rejected', previous: 1, hint: { index: 0, term: 0 } } });
    changesNothing(raft, probe);
  });

  test('of a chunk that was answered, or is of another stream', () => {
    const { raft, request } = transferring();
    changesNothing(raft, { ...request, chunk: { ...request.chunk, stream: 'other' } });
    const result = { type: 'continue', cursor: 'b' } as const;
    receive(raft, 2, { type: 'snapshot-reply', from: PEER, term: 3, stream: 's', answers: '', result });
    step(raft, 3, { type: 'snapshot-chunk', to: PEER, chunk: { ...chunk, cursor: 'b', nextCursor: 'c' } });
    changesNothing(raft, request);
  });

  test('of a heartbeat', () => {
    const { raft } = streaming();
    const heartbeat = step(raft, 100, { type: 'tick' }).messages.find(({ to }) => to === PEER);
    expect(heartbeat).toMatchObject({ entries: [] });
    if (heartbeat !== undefined) changesNothing(raft, heartbeat);
  });

  test('at one who does not lead any more', () => {
    const { raft, append } = streaming();
    receive(raft, 2, { ...answer, term: 4, result: { type: 'accepted', match: 0 } });
    expect(lost(raft, 3, append)).toEqual(effects({}));
  });
});
