import { expect, test } from 'vitest';
import { asReplicaId } from '../../../src/raft/index.ts';
import { ChunkQueue } from '../../../src/replica/chunk-queue.ts';

const request = (to: number, cursor: string) => ({ to: asReplicaId(to), stream: 'stream', cursor });

test('a chunk is due a pause after it was asked for, and is given out once', () => {
  const queue = new ChunkQueue(25);
  expect(queue.deadline).toBe(Number.POSITIVE_INFINITY);
  queue.add(request(2, 'a'), 100);
  queue.add(request(3, 'b'), 110);
  expect(queue.deadline).toBe(125);
  expect(queue.take(124)).toEqual([]);
  expect(queue.take(125)).toEqual([request(2, 'a')]);
  expect(queue.deadline).toBe(135);
  expect(queue.take(200)).toEqual([request(3, 'b')]);
  expect(queue.take(200)).toEqual([]);
});

test('a peer that asks again waits for one chunk, the one that it asked for last', () => {
  const queue = new ChunkQueue(25);
  queue.add(request(2, 'a'), 100);
  queue.add(request(2, 'b'), 120);
  expect(queue.take(200)).toEqual([request(2, 'b')]);
});

test('a leader that is none any more has no chunks to give', () => {
  const queue = new ChunkQueue(25);
  queue.add(request(2, 'a'), 100);
  queue.clear();
  expect(queue.take(200)).toEqual([]);
});
