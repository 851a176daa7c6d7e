import { expect, test } from 'vitest';
import { asIndex, asReplicaId, asTerm, Membership, type Message } from '../../../src/raft/index.ts';
import { MESSAGE } from '../../../src/replica/index.ts';

const MEMBERSHIP = Membership.of([1, 2, 3].map(asReplicaId), [asReplicaId(4)]);

function chunkOf(membership: Membership): Message {
  return {
    type: 'snapshot-request',
    from: asReplicaId(1),
    to: asReplicaId(2),
    term: asTerm(3),
    chunk: {
      snapshot: { index: asIndex(5), term: asTerm(2), membership },
      stream: '1.1.1',
      cursor: 'a',
      nextCursor: 'b',
      data: Uint8Array.of(1, 2),
      done: false,
    },
  };
}

test('a chunk of a snapshot arrives as it was sent, and its membership can be asked', () => {
  const arrived = MESSAGE.decode(MESSAGE.encode(chunkOf(MEMBERSHIP)));
  expect(arrived).toEqual(chunkOf(MEMBERSHIP));
  expect(arrived.type === 'snapshot-request' && arrived.chunk.snapshot.membership).toBeInstanceOf(Membership);
});

test.each([
  ['nobody votes', []],
  ['somebody votes twice', [1, 1]],
  ['somebody is a learner as well', [1, 4]],
])('a membership in which %s is refused with the message that names it', (_, voters) => {
  // No such membership can be made: this one has only its lists.
  const membership = { voters: voters.map(asReplicaId), learners: MEMBERSHIP.learners, disks: new Map() };
  const sent = MESSAGE.encode(chunkOf(membership as unknown as Membership));
  expect(() => MESSAGE.decode(sent)).toThrow('a membership');
  expect(MESSAGE.tryDecode(sent)).toBeUndefined();
});

test('a message of an unknown format counts as lost', () => {
  const sent = MESSAGE.encode(chunkOf(MEMBERSHIP));
  expect(MESSAGE.tryDecode(Uint8Array.of(99, ...sent.subarray(1)))).toBeUndefined();
  expect(MESSAGE.tryDecode(sent.subarray(0, -1))).toBeUndefined();
});
