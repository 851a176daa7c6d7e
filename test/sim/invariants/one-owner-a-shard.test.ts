import { expect, test } from 'vitest';
import { asGroupId, asShardId, type ShardState } from '../../../src/shard/index.ts';
import { writeShardState } from '../../../src/shard/shard-state.ts';
import { MemoryTable } from '../../../tools/memory-storage/index.ts';
import { Verdict } from '../verdict.ts';
import { entry, HandMadeHistory } from './history.ts';
import { OneOwnerAShard, ShardOwners } from './one-owner-a-shard.ts';

test('one owner a shard: a group begins to serve what another still serves', () => {
  const owners = new ShardOwners();
  const verdict = new Verdict();
  const [old, next] = [1, 2].map(
    (id) => new HandMadeHistory(new OneOwnerAShard(owners, asGroupId(id)), verdict),
  );
  const [before, after] = [old?.open(1), next?.open(1)];
  if (before === undefined || after === undefined) throw new Error('there are no groups');
  old?.apply(before, entry(1, 1), shardRows({ type: 'serving' }));
  old?.apply(
    before,
    entry(2, 1),
    shardRows({
      type: 'leaving',
      configuration: 2,
      sinceMs: 0,
      to: asGroupId(2),
      due: 2,
      frozen: true,
      returning: false,
      record: 'kept',
      since: 0,
      changes: 0,
      recordBytes: 0,
    }),
  );
  next?.apply(after, entry(1, 1), shardRows({ type: 'serving' }));
  expect(verdict.violation).toBeUndefined();
  old?.apply(before, entry(3, 1), shardRows({ type: 'serving' }));
  expect(verdict.violation?.invariant).toBe('one owner a shard');
  expect(verdict.violation?.message).toMatch(/shard 3 is served by group 2 and by group 1/);
});

/** As src/shard writes them. */
function shardRows(state: ShardState): ReadonlyMap<string, Uint8Array> {
  const table = new MemoryTable();
  writeShardState(table, asShardId(3), state);
  return new Map(
    table
      .scan({ from: '', to: undefined }, { rowsMax: 9, bytesMax: 999 })
      .map(({ key, value }) => [key, value]),
  );
}
