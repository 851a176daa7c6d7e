import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asReplicaId, asTerm, type Entry, Membership } from '../../../src/raft/index.ts';
import {
  DEFAULT_WRITE_BEHIND_LIMITS,
  type ReplicaDisk,
  type Row,
  type Turn,
  WriteBehind,
  type WriteBehindLimits,
} from '../../../src/storage/index.ts';
import { MemoryDisk, MemoryStorage } from '../../../tools/memory-storage/index.ts';
import { arbitraryLimit, arbitraryRange } from './arbitraries.ts';
import { naiveScan } from './naive-table.ts';
import { replicaStorageSuite, storeTurn } from './replica-storage-suite.ts';
import {
  arbitraryMove,
  command,
  FRESH,
  logId,
  MEMBERSHIP,
  modelAfter,
  openedAs,
  type StorageModel,
  snapshotOf,
  turnAfter,
} from './storage-model.ts';
import { bytes } from './table-suite.ts';

const FEW: WriteBehindLimits = {
  keptRowsMax: 3,
  keptBytesMax: 1000,
  keptEntriesMax: 4,
  cacheBytesMax: 400,
  cachedValueBytesMax: 2,
};
const ALL = { from: '', to: undefined };
const NO_LIMIT = { rowsMax: 1000, bytesMax: 1 << 20 };

/** Each process ends in good order. */
function tidyDisk(limits?: WriteBehindLimits) {
  const disk = new MemoryDisk();
  let last: { readonly memory: MemoryStorage; readonly kept: WriteBehind } | undefined;
  return {
    start: () => {
      try {
        last?.kept.checkpoint();
      } catch {
        // It was never opened, or an older one that was replaced.
      }
      last?.memory.crash(last.memory.pendingTurns);
      const memory = new MemoryStorage(disk);
      last = { memory, kept: new WriteBehind(memory, limits) };
      return last.kept;
    },
  };
}

replicaStorageSuite('WriteBehind', () => tidyDisk());
replicaStorageSuite('WriteBehind that keeps little', () => tidyDisk(FEW));

/** What comes to the disk. */
function observed(
  limits: Partial<WriteBehindLimits> = {},
  shortage = (_: number): string | undefined => undefined,
) {
  const disk = new MemoryDisk();
  const memory = new MemoryStorage(disk);
  const turns: Turn[] = [];
  const inner: ReplicaDisk = {
    table: memory.table,
    open: (membership) => memory.open(membership),
    write: (turn) => {
      turns.push(turn);
      memory.write(turn);
    },
    flush: (onDurable) => memory.flush(onDurable),
    openView: () => memory.openView(),
    shortage: (keptBytes = 0) => shortage(keptBytes),
  };
  const storage = new WriteBehind(inner, { ...DEFAULT_WRITE_BEHIND_LIMITS, ...limits });
  storage.open(MEMBERSHIP);
  const restarted = () => {
    memory.crash(memory.pendingTurns);
    return new MemoryStorage(disk).open(MEMBERSHIP).state;
  };
  return { storage, turns, restarted, disk: memory.table };
}

const put = (index: number, key: string, value = bytes(index)): Turn => ({
  ...storeTurn({ append: [command(index, 1)] }),
  applied: { through: logId(index, 1), changes: new Map([[key, value]]) },
});
const changesOf = (turns: readonly Turn[]) =>
  turns.map(({ applied }) => applied && [...applied.changes.keys()]);

describe('a put', () => {
  test('is an entry on the disk, and nothing else, until a checkpoint writes all that was put', () => {
    const { storage, turns } = observed();
    for (let index = 1; index <= 5; index += 1) storage.write(put(index, index % 2 === 0 ? 'even' : 'odd'));
    storage.write({ store: undefined, applied: put(5, 'more').applied });
    expect(changesOf(turns)).toEqual([undefined, undefined, undefined, undefined, undefined]);
    expect(storage.table.scan(ALL, NO_LIMIT)).toEqual([
      { key: 'even', value: bytes(4) },
      { key: 'more', value: bytes(5) },
      { key: 'odd', value: bytes(5) },
    ]);
    storage.checkpoint();
    storage.checkpoint();
    expect(turns.slice(5)).toEqual([
      {
        store: undefined,
        applied: {
          through: logId(5, 1),
          changes: new Map([
            ['odd', bytes(5)],
            ['even', bytes(4)],
            ['more', bytes(5)],
          ]),
        },
      },
    ]);
  });

  test('is found again after a restart as an entry that is not applied', () => {
    const { storage, restarted } = observed();
    storage.write(put(1, 'a'));
    storage.checkpoint();
    storage.write(put(2, 'b'));
    const { applied, entries } = restarted();
    expect(applied).toBe(1);
    expect(entries.map(({ index }: Entry) => index)).toEqual([1, 2]);
  });
});

describe('a checkpoint is made', () => {
  const limits: readonly (readonly [string, Partial<WriteBehindLimits>, number])[] = [
    ['when more rows are kept than may be', { keptRowsMax: 3 }, 4],
    // 128 and a few for each row.
    ['when they take more memory than they may', { keptBytesMax: 700 }, 6],
    ['when a restart would apply more entries than it may', { keptEntriesMax: 2 }, 3],
  ];
  test.each(limits)('%s', (_, limit, expected) => {
    const { storage, turns } = observed(limit);
    for (let index = 1; index <= expected; index += 1) {
      expect(changesOf(turns).filter((changes) => changes !== undefined)).toEqual([]);
      storage.write(put(index, `${index}`));
    }
    expect(changesOf(turns).at(-1)).toHaveLength(expected);
    expect(turns.at(-1)?.applied?.through).toEqual(logId(expected, 1));
  });

  test('by one large turn, without a copy of its rows in the cache', () => {
    const { storage, turns } = observed();
    storage.write(put(1, 'large', new Uint8Array(DEFAULT_WRITE_BEHIND_LIMITS.keptBytesMax)));
    expect(changesOf(turns)).toEqual([['large']]);
    expect(storage.stateBytes).toBe(0);
  });

  test('by a turn that compacts the log beyond the last one, and by no other', () => {
    const { storage, turns } = observed();
    for (let index = 1; index <= 4; index += 1) storage.write(put(index, `${index}`));
    storage.write(storeTurn({ compactThrough: logId(2, 1) }));
    expect(changesOf(turns).at(-1)).toEqual(['1', '2', '3', '4']);
    storage.write(put(5, '5'));
    storage.write(storeTurn({ compactThrough: logId(4, 1) }));
    expect(changesOf(turns).at(-1)).toBeUndefined();
  });

  test('by a turn with a new membership', () => {
    const { storage, turns } = observed();
    storage.write(put(1, 'a'));
    storage.write(storeTurn({ membership: Membership.of([asReplicaId(1)], []) }));
    expect(changesOf(turns)).toEqual([undefined, ['a']]);
  });

  test('by no turn that votes or cuts off entries', () => {
    const { storage, turns } = observed();
    storage.write(put(1, 'a'));
    storage.write(storeTurn({ hardState: { term: asTerm(3), votedFor: asReplicaId(2) } }));
    storage.write(storeTurn({ append: [command(2, 3)], touch: true }));
    expect(changesOf(turns)).toEqual([undefined, undefined, undefined]);
  });

  test('at each turn on a disk that is short of room, which is told what is kept', () => {
    let isShort = false;
    const told: number[] = [];
    const { storage, turns } = observed({}, (keptBytes) => {
      told.push(keptBytes);
      return isShort ? 'short' : undefined;
    });
    storage.write(put(1, 'a'));
    expect(storage.shortage()).toBeUndefined();
    expect(told.at(-1)).toBeGreaterThan(100);
    isShort = true;
    storage.write(put(2, 'b'));
    storage.write(put(3, 'c'));
    expect(changesOf(turns)).toEqual([undefined, ['a', 'b'], ['c']]);
  });
});

test('small rows that were read or written last, and keys without one, are not read from the disk again', () => {
  const disk = new MemoryStorage(new MemoryDisk());
  const read: string[] = [];
  const get = disk.table.get.bind(disk.table);
  disk.table.get = (key) => {
    read.push(key);
    return get(key);
  };
  const storage = new WriteBehind(disk, { ...DEFAULT_WRITE_BEHIND_LIMITS, cacheBytesMax: 400 });
  storage.open(MEMBERSHIP);
  storage.write(put(1, 'a'));
  storage.checkpoint();
  for (const key of ['a', 'a', 'absent', 'absent']) storage.table.get(key);
  expect(read).toEqual(['absent']);
  for (const [at, key] of ['b', 'c', 'd'].entries()) storage.write(put(at + 2, key));
  storage.write(put(5, 'large', new Uint8Array(5000)));
  storage.checkpoint();
  read.length = 0;
  for (const key of ['d', 'c', 'large', 'a', 'a']) storage.table.get(key);
  expect(read).toEqual(['large', 'a']);
  expect(storage.stateBytes).toBeLessThanOrEqual(400);
});

test('a flush waits for what was written, in order, and for nothing else', () => {
  const flushes: (() => void)[] = [];
  const disk = new MemoryStorage(new MemoryDisk(), { schedule: (deliver) => flushes.push(deliver) });
  const storage = new WriteBehind(disk);
  const called: string[] = [];
  storage.open(MEMBERSHIP);
  storage.flush(() => called.push('opened'));
  expect(called).toEqual([]);
  flushes.shift()?.();
  expect(called).toEqual(['opened']);
  storage.flush(() => called.push('nothing new'));
  const through = logId(0, 0);
  storage.write({
    store: undefined,
    applied: { through, changes: new Map([['kept in memory', new Uint8Array(1)]]) },
  });
  storage.flush(() => called.push('nothing on the disk'));
  expect(called).toEqual(['opened', 'nothing new', 'nothing on the disk']);
  called.length = 0;
  storage.write(storeTurn({ append: [command(1, 1)] }));
  storage.flush(() => called.push('first'));
  storage.flush(() => called.push('second'));
  expect(called).toEqual([]);
  for (const deliver of flushes.splice(0)) deliver();
  expect(called).toEqual(['first', 'second']);
  storage.flush(() => called.push('after'));
  expect(called).toEqual(['first', 'second', 'after']);
  expect(flushes).toEqual([]);
});

test('a key that had no row is found once it has one, small or large, also after a checkpoint', () => {
  const storage = new WriteBehind(new MemoryStorage(new MemoryDisk()));
  storage.open(MEMBERSHIP);
  for (const [at, value] of [new Uint8Array(5), new Uint8Array(5000)].entries()) {
    const key = `key-${at}`;
    expect(storage.table.get(key)).toBeUndefined();
    storage.write(put(at + 1, key, value));
    expect(storage.table.get(key)).toEqual(value);
    storage.checkpoint();
    expect(storage.table.get(key)).toEqual(value);
  }
});

/** The latest that was applied so far, with these rows. */
function stateThat(states: readonly StorageModel[], applied: number, found: readonly Row[]): StorageModel {
  const text = JSON.stringify(found);
  const state = states.findLast(
    (each) => each.applied.index === applied && JSON.stringify(naiveScan(each.rows, ALL, NO_LIMIT)) === text,
  );
  if (state === undefined) throw new Error(`the disk holds a state at ${applied} that never was`);
  return state;
}

test('whatever happens, the state is what was applied, and the disk holds it as some turn left it, the log after it, and all promises', () => {
  const scan = { range: arbitraryRange, limit: arbitraryLimit };
  const arbitraryStep = fc.oneof(
    { arbitrary: fc.record({ type: fc.constant('turn' as const), move: arbitraryMove, ...scan }), weight: 9 },
    { arbitrary: fc.record({ type: fc.constant('checkpoint' as const), ...scan }), weight: 1 },
    { arbitrary: fc.record({ type: fc.constant('view' as const), ...scan }), weight: 1 },
    { arbitrary: fc.record({ type: fc.constant('crash' as const), ...scan }), weight: 2 },
  );
  let lost = 0;
  fc.assert(
    fc.property(fc.array(arbitraryStep, { maxLength: 30 }), fc.boolean(), (steps, keepsLittle) => {
      const disk = new MemoryDisk();
      const start = () => {
        const memory = new MemoryStorage(disk);
        const storage = new WriteBehind(memory, keepsLittle ? FEW : DEFAULT_WRITE_BEHIND_LIMITS);
        return { memory, storage, opened: storage.open(MEMBERSHIP) };
      };
      let { memory, storage } = start();
      let incarnation = 1;
      let model = FRESH;
      /** The states that the disk may hold, the last one last. */
      let states: readonly StorageModel[] = [FRESH];
      for (const { type, range, limit, ...step } of steps) {
        if (type === 'turn' && 'move' in step) {
          const turn = turnAfter(model, step.move);
          storage.write(turn);
          model = modelAfter(model, turn);
          states = [...states, model];
        } else if (type === 'checkpoint') {
          storage.checkpoint();
          states = [model];
        } else if (type === 'view') {
          const view = storage.openView();
          expect(view.snapshot).toEqual(snapshotOf(model));
          expect(view.scan(range, limit)).toEqual(naiveScan(model.rows, range, limit));
          states = [model];
        } else {
          memory.crash(memory.pendingTurns);
          incarnation += 1;
          const next = start();
          const { applied } = next.opened.state;
          const found = next.storage.table.scan(ALL, NO_LIMIT);
          const left = stateThat(states, applied, found);
          if (left !== model) lost += 1;
          model = { ...model, applied: left.applied, rows: left.rows };
          states = [model];
          expect(next.opened).toEqual(openedAs(model, incarnation));
          ({ memory, storage } = next);
        }
        expect(storage.table.scan(range, limit)).toEqual(naiveScan(model.rows, range, limit));
      }
    }),
    { numRuns: 400 },
  );
  expect(lost).toBeGreaterThan(5);
});

test('a small row that came as a part of something large keeps none of that in memory, kept or cached', () => {
  const { storage } = observed({ keptEntriesMax: 2 });
  const part = new Uint8Array(1 << 20);
  const bufferOf = (key: string) => storage.table.get(key)?.buffer.byteLength;
  storage.write(put(1, 'kept', part.subarray(100, 200)));
  expect(bufferOf('kept')).toBe(100);
  storage.write(put(2, 'kept too', part.subarray(0, 10)));
  storage.write(put(3, 'written at once', part.subarray(300, 500)));
  expect([bufferOf('kept'), bufferOf('kept too'), bufferOf('written at once')]).toEqual([100, 10, 200]);
});
