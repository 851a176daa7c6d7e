import { expect, test } from 'vitest';
import { asIndex, asReplicaId, asTerm, type ChunkRequest, Membership } from '../../../src/raft/index.ts';
import { SnapshotSource } from '../../../src/replica/snapshot-source.ts';
import { MemoryDisk, MemoryStorage } from '../../../tools/memory-storage/index.ts';

const TERM = asTerm(1);

function write(storage: MemoryStorage, number: number): void {
  const entry = { index: asIndex(number), term: TERM, kind: 'command', payload: new Uint8Array(0) } as const;
  storage.write({
    store: {
      id: number,
      hardState: number === 1 ? { term: TERM, votedFor: undefined } : undefined,
      truncateFrom: undefined,
      append: [entry],
      install: undefined,
      compactThrough: undefined,
      touch: false,
    },
    applied: { through: entry, changes: new Map([[`key-${number}`, new Uint8Array(100)]]) },
  });
}

test('who has nothing of a view yet begins with a new one, if the log has forgotten what follows the old', () => {
  const storage = new MemoryStorage(new MemoryDisk());
  storage.open(Membership.of([asReplicaId(1), asReplicaId(2)], []));
  const source = new SnapshotSource(storage, 'owner', 50);
  const read = (request: Omit<ChunkRequest, 'to'>, compacted: number) =>
    source.read({ to: asReplicaId(2), ...request }, asIndex(compacted), 0);
  for (const number of [1, 2, 3]) write(storage, number);
  const first = read({ stream: undefined, cursor: '' }, 0);
  for (const number of [4, 5, 6]) write(storage, number);

  const middle = read({ stream: first.stream, cursor: first.nextCursor }, 5);
  expect(middle).toMatchObject({ stream: first.stream, snapshot: { index: 3 }, cursor: 'key-1' });
  expect(read({ stream: first.stream, cursor: '' }, 3)).toEqual(first);
  const again = read({ stream: first.stream, cursor: '' }, 5);
  expect(again).toMatchObject({ snapshot: { index: 6 }, cursor: '' });
  expect(again.stream).not.toBe(first.stream);
});
