import { expect, test } from 'vitest';
import { asIndex, asReplicaId, asTerm, type Message } from '../../src/raft/index.ts';
import { translate } from './wire.ts';

const MESSAGE: Message = {
  type: 'vote-request',
  from: asReplicaId(1),
  to: asReplicaId(2),
  term: asTerm(3),
  last: { index: asIndex(5), term: asTerm(2) },
  transfer: false,
};

test('replicas of one version understand each other', () => {
  expect(translate(MESSAGE, 'this', 'this')).toEqual(MESSAGE);
  expect(translate(MESSAGE, 'next', 'next')).toEqual(MESSAGE);
});

test('replicas of two versions do not', () => {
  expect(translate(MESSAGE, 'this', 'next')).toBeUndefined();
  expect(translate(MESSAGE, 'next', 'this')).toBeUndefined();
});
