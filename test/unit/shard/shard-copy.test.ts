import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeRowChanges, encodeRowChanges, type RowChange } from '../../../src/codec/index.ts';
import { shardRange } from '../../../src/kv/index.ts';
import { asGroupId, asShardId } from '../../../src/shard/index.ts';
import { RecordingTable, readChangesPart, readRowsPart } from '../../../src/shard/shard-copy.ts';
import type { LeavingShard } from '../../../src/shard/shard-state.ts';
import { MemoryTable } from '../../../tools/memory-storage/index.ts';

const SHARD = asShardId(0x2a);
const ROWS = ['002ada', '002adb', '002adc', '002am', '002as1', '002as2'];
const NEIGHBOURS = ['0029sz', '002bda', 'group/configuration'];

function tableWith(rows: Iterable<readonly [string, number]>): MemoryTable {
  return new MemoryTable([...rows].map(([key, value]) => [key, Uint8Array.of(value)]));
}

function leaving(changes: number, frozen = false): LeavingShard {
  return {
    type: 'leaving',
    configuration: 1,
    sinceMs: 0,
    to: asGroupId(2),
    due: 1,
    frozen,
    returning: false,
    record: 'kept',
    since: 0,
    changes,
    recordBytes: 0,
  };
}

function contents(table: MemoryTable): Record<string, number> {
  const rows = [...table.rows(shardRange(SHARD))];
  return Object.fromEntries(rows.map(({ key, value }) => [key, value[0] ?? -1]));
}

function install(table: MemoryTable, rows: readonly RowChange[]): void {
  for (const [key, value] of rows) {
    if (value === undefined) table.delete(key);
    else table.put(key, value);
  }
}

test('the rows of a shard come in order, in parts that fit, and none of its neighbours', () => {
  const table = tableWith([...ROWS, ...NEIGHBOURS].map((key, value) => [key, value]));
  const seen: string[] = [];
  for (let cursor = '', done = false; !done; ) {
    const part = readRowsPart(table, SHARD, leaving(0), cursor, 14);
    if (part.type !== 'rows') throw new Error('rows were asked for');
    const keys = decodeRowChanges(part.rows).map(([key]) => key);
    expect(keys.length).toBeLessThanOrEqual(2);
    seen.push(...keys);
    ({ nextCursor: cursor, done } = part);
  }
  expect(seen).toEqual(ROWS);
});

test('a shard without rows is copied in one part', () => {
  expect(readRowsPart(new MemoryTable(), SHARD, leaving(0), '', 100)).toEqual({
    type: 'rows',
    since: 0,
    cursor: '',
    nextCursor: '',
    rows: encodeRowChanges([]),
    done: true,
  });
});

test('each change gets the next number on the record, and rows are what they were without it', () => {
  const table = tableWith([['002ada', 1]]);
  const recording = new RecordingTable(table, SHARD, 7);
  recording.put('002adb', Uint8Array.of(2));
  recording.delete('002ada');
  expect(recording.changes).toBe(9);
  expect(recording.get('002adb')).toEqual(Uint8Array.of(2));
  expect(contents(table)).toEqual({ '002adb': 2 });
  const part = readChangesPart(table, SHARD, leaving(9), 7, 100);
  expect(part).toEqual({
    type: 'changes',
    after: 7,
    through: 9,
    rows: encodeRowChanges([
      ['002adb', Uint8Array.of(2)],
      ['002ada', undefined],
    ]),
    caughtUp: true,
    final: false,
  });
});

test('a part is final only if the shard is frozen and nothing is left', () => {
  const table = tableWith([]);
  const recording = new RecordingTable(table, SHARD, 0);
  for (const key of ROWS) recording.put(key, new Uint8Array(100));
  const finals = [leaving(6), leaving(6, true)].map((state) =>
    [100, 10_000].map((bytesMax) => {
      const part = readChangesPart(table, SHARD, state, 0, bytesMax);
      return part.type === 'changes' && part.final;
    }),
  );
  expect(finals).toEqual([
    [false, false],
    [false, true],
  ]);
});

const write = fc.tuple(fc.constantFrom(...ROWS), fc.option(fc.nat(200), { nil: undefined }));
const step = fc.oneof(write, fc.record({ bytesMax: fc.integer({ min: 1, max: 40 }) }));

test('rows and then changes lead to the same rows, whatever is written meanwhile', () => {
  fc.assert(
    fc.property(fc.array(write), fc.array(step, { maxLength: 60 }), (before, steps) => {
      const source = tableWith([]);
      for (const [key, value] of before) {
        if (value === undefined) source.delete(key);
        else source.put(key, Uint8Array.of(value));
      }
      const target = tableWith([]);
      const progress = { cursor: '', copied: false, after: 0, changes: 0 };
      const pull = (bytesMax: number, frozen: boolean): boolean => {
        const part = progress.copied
          ? readChangesPart(source, SHARD, leaving(progress.changes, frozen), progress.after, bytesMax)
          : readRowsPart(source, SHARD, leaving(progress.changes), progress.cursor, bytesMax);
        install(target, decodeRowChanges(part.rows));
        if (part.type === 'rows') {
          progress.cursor = part.nextCursor;
          progress.copied = part.done;
          return false;
        }
        progress.after = part.through;
        return part.final;
      };
      for (const each of steps) {
        if ('bytesMax' in each) {
          pull(each.bytesMax, false);
          continue;
        }
        const [key, value] = each;
        const recording = new RecordingTable(source, SHARD, progress.changes);
        if (value === undefined) recording.delete(key);
        else recording.put(key, Uint8Array.of(value));
        progress.changes = recording.changes;
      }
      for (let parts = 0; !pull(10, true); parts += 1) expect(parts).toBeLessThan(200);
      expect(contents(target)).toEqual(contents(source));
    }),
  );
});
