import fc from 'fast-check';
import { expect, test } from 'vitest';
import { asGroupId, asShardId } from '../../../src/shard/index.ts';
import {
  changeRow,
  readConfirmations,
  readShardStates,
  SHARD_STATE,
  writeConfirmation,
  writeShardState,
} from '../../../src/shard/shard-state.ts';
import { MemoryTable } from '../../../tools/memory-storage/index.ts';
import { arbitraryOf } from '../codec/support/arbitrary-of.ts';

const shard = fc.nat(0xffff).map(asShardId);
const state = arbitraryOf(SHARD_STATE.shape);

test('the states of shards are read as they were written, by rising shard', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(shard, state), { selector: ([id]) => id, maxLength: 8 }),
      (states) => {
        const table = new MemoryTable();
        for (const [id, each] of states) writeShardState(table, id, each);
        expect(readShardStates(table)).toEqual(states.toSorted(([a], [b]) => a - b));
        for (const [id] of states) writeShardState(table, id, undefined);
        expect(readShardStates(table)).toEqual([]);
      },
    ),
  );
});

test('confirmations are kept apart by shard and configuration', () => {
  const table = new MemoryTable();
  const to = { group: asGroupId(2), replicas: ['x'] };
  const all = [1, 2].flatMap((configuration) =>
    [0, 1].map((id) => ({ shard: asShardId(id), configuration, to })),
  );
  for (const confirmation of all) writeConfirmation(table, confirmation);
  expect(readConfirmations(table)).toEqual(all);
});

test('the record of changes is in the order of their numbers', () => {
  const numbers = [1, 2, 9, 10, 99, 100, 2 ** 32];
  const rows = numbers.map((number) => changeRow(asShardId(7), number));
  expect(rows.toSorted()).toEqual(rows);
});
