import { expect, test } from 'vitest';
import type { Store } from '../../../src/raft/index.ts';
import type { ReplicaDisk, Turn } from '../../../src/storage/index.ts';
import { MemoryDisk, MemoryStorage } from '../../../tools/memory-storage/index.ts';
import { checkAgainstModel } from './model-check.ts';
import type { TestDisk } from './suite.ts';

/** Storages that are wrong in one thing each. The check is worth something only if it notices each of them. */
const mutants: Readonly<Record<string, (storage: ReplicaDisk) => Partial<ReplicaDisk>>> = {
  'a view that shows the live table': (storage) => ({
    openView: () => {
      const { snapshot, close } = storage.openView();
      return { snapshot, close, scan: (range, limit) => storage.table.scan(range, limit) };
    },
  }),
  'rows that are never deleted': (storage) => ({
    write: (turn) => storage.write(withoutDeletions(turn)),
  }),
  'a log that is never truncated in the turn of an install': (storage) => ({
    write: (turn) => storage.write(turn.store?.install ? withStore(turn, { truncateFrom: undefined }) : turn),
  }),
  'a vote that is forgotten': (storage) => ({
    write: (turn) => {
      const { hardState } = turn.store ?? {};
      storage.write(hardState ? withStore(turn, { hardState: { ...hardState, votedFor: undefined } }) : turn);
    },
  }),
  'a log that is never compacted': (storage) => ({
    write: (turn) =>
      storage.write(turn.store?.install ? turn : withStore(turn, { compactThrough: undefined })),
  }),
  'a half received snapshot that is forgotten at a restart': (storage) => ({
    open: (membership) => {
      const opened = storage.open(membership);
      return { ...opened, state: { ...opened.state, staging: undefined } };
    },
  }),
  'a scan that includes its upper bound': (storage) => ({
    table: {
      get: (key) => storage.table.get(key),
      scan: ({ from, to }, limit) => storage.table.scan({ from, to: to && `${to}\0` }, limit),
      keys: (range, limit) => storage.table.keys(range, limit),
    },
  }),
};

test.each(Object.entries(mutants))('the model check notices %s', (_, mutate) => {
  expect(() => checkAgainstModel(() => mutantDisk(mutate), 500)).toThrow('Property failed');
});

test('the model check accepts the storage that all mutants are made of', () => {
  checkAgainstModel(() => mutantDisk(() => ({})), 100);
});

function mutantDisk(mutate: (storage: ReplicaDisk) => Partial<ReplicaDisk>): TestDisk {
  const disk = new MemoryDisk();
  let last: MemoryStorage | undefined;
  return {
    start: () => {
      last?.crash(last.pendingTurns);
      const storage = new MemoryStorage(disk);
      last = storage;
      return {
        table: storage.table,
        open: (membership) => storage.open(membership),
        write: (turn) => storage.write(turn),
        flush: (onDurable) => storage.flush(onDurable),
        openView: () => storage.openView(),
        shortage: () => storage.shortage(),
        ...mutate(storage),
      };
    },
  };
}

function withStore(turn: Turn, change: Partial<Store>): Turn {
  return { ...turn, store: turn.store && { ...turn.store, ...change } };
}

function withoutDeletions({ store, applied }: Turn): Turn {
  const kept = [...(applied?.changes ?? [])].filter(([, value]) => value !== undefined);
  return { store, applied: applied && { ...applied, changes: new Map(kept) } };
}
