import fc from 'fast-check';
import { expect, test } from 'vitest';
import { asReplicaId, asTerm } from '../../../src/raft/index.ts';
import { MemoryDisk, MemoryStorage } from '../../../tools/memory-storage/index.ts';
import { replicaStorageSuite, storeTurn } from './replica-storage-suite.ts';
import {
  arbitraryMove,
  FRESH,
  MEMBERSHIP,
  modelAfter,
  openedAs,
  type StorageModel,
  turnAfter,
} from './storage-model.ts';

replicaStorageSuite('MemoryStorage', () => {
  const disk = new MemoryDisk();
  let last: MemoryStorage | undefined;
  return {
    start: () => {
      last?.crash(last.pendingTurns);
      last = new MemoryStorage(disk);
      return last;
    },
  };
});

/** A process whose flushes complete when the test says so. */
function slowProcess(disk: MemoryDisk, supersededWrite: 'lost' | 'throws' = 'lost') {
  const deliveries: (() => void)[] = [];
  const storage = new MemoryStorage(disk, {
    schedule: (deliver) => deliveries.push(deliver),
    supersededWrite,
  });
  return { storage, deliveries, opened: storage.open(MEMBERSHIP) };
}

const inTerm = (term: number) => storeTurn({ hardState: { term: asTerm(term), votedFor: asReplicaId(1) } });

function termOnDisk(disk: MemoryDisk): number {
  return new MemoryStorage(disk).open(MEMBERSHIP).state.hardState.term;
}

test('a crash loses what was not flushed', () => {
  const disk = new MemoryDisk();
  const { storage, deliveries } = slowProcess(disk);
  storage.write(inTerm(1));
  storage.flush(() => undefined);
  storage.write(inTerm(2));
  deliveries[0]?.();
  expect(storage.pendingTurns).toBe(1);
  storage.crash();
  expect(termOnDisk(disk)).toBe(1);
});

test('a crash may come after the disk was written but before anybody was told', () => {
  const disk = new MemoryDisk();
  const { storage, deliveries } = slowProcess(disk);
  const called: string[] = [];
  for (const term of [1, 2, 3]) storage.write(inTerm(term));
  storage.flush(() => called.push('durable'));
  storage.crash(2);
  deliveries[0]?.();
  expect(called).toEqual([]);
  expect(termOnDisk(disk)).toBe(2);
});

test('flushes that complete out of order call back in order, each once', () => {
  const disk = new MemoryDisk();
  const { storage, deliveries } = slowProcess(disk);
  const called: number[] = [];
  for (const term of [1, 2, 3]) {
    storage.write(inTerm(term));
    storage.flush(() => called.push(term));
  }
  deliveries[1]?.();
  expect(called).toEqual([1, 2]);
  expect(storage.pendingTurns).toBe(1);
  deliveries[0]?.();
  deliveries[1]?.();
  expect(called).toEqual([1, 2]);
  deliveries[2]?.();
  expect(called).toEqual([1, 2, 3]);
});

test('a process that crashes in a callback gets no other', () => {
  const { storage, deliveries } = slowProcess(new MemoryDisk());
  const called: number[] = [];
  storage.flush(() => {
    called.push(1);
    storage.crash();
  });
  storage.flush(() => called.push(2));
  deliveries[1]?.();
  expect(called).toEqual([1]);
  expect(() => storage.write(inTerm(1))).toThrow('crashed');
});

test('a zombie that has written nothing since its last flush is not held up: it does not know that it was replaced', () => {
  const disk = new MemoryDisk();
  const zombie = slowProcess(disk);
  const called: string[] = [];
  zombie.storage.write(inTerm(1));
  zombie.storage.flush(() => called.push('written'));
  for (const deliver of zombie.deliveries.splice(0)) deliver();
  slowProcess(disk);
  zombie.storage.flush(() => called.push('only read'));
  zombie.storage.write(inTerm(2));
  zombie.storage.flush(() => called.push('wrote'));
  for (const deliver of zombie.deliveries) deliver();
  expect(called).toEqual(['written', 'only read']);
});

test('a zombie sees its own writes, but they never reach the disk and its flush never calls back', () => {
  const disk = new MemoryDisk();
  const zombie = slowProcess(disk);
  const called: string[] = [];
  zombie.storage.write(inTerm(1));
  zombie.storage.flush(() => called.push('zombie'));
  const heir = slowProcess(disk);
  zombie.storage.write({
    ...inTerm(5),
    applied: { through: { ...FRESH.applied }, changes: new Map([['key', Uint8Array.of(1)]]) },
  });
  zombie.storage.flush(() => called.push('zombie again'));
  heir.storage.write(inTerm(2));
  heir.storage.flush(() => called.push('heir'));
  for (const deliver of [...zombie.deliveries, ...heir.deliveries]) deliver();
  expect(called).toEqual(['heir']);
  expect(zombie.storage.table.get('key')).toEqual(Uint8Array.of(1));
  expect(heir.storage.table.get('key')).toBeUndefined();
  zombie.storage.crash(zombie.storage.pendingTurns);
  expect(termOnDisk(disk)).toBe(2);
});

test('a zombie can be made to notice when it writes', () => {
  const disk = new MemoryDisk();
  const zombie = slowProcess(disk, 'throws');
  zombie.storage.write(inTerm(1));
  slowProcess(disk);
  expect(() => zombie.storage.write(inTerm(2))).toThrow('newer incarnation');
});

test('after random turns, flushes and crashes the disk holds the turns up to some turn, and all flushed ones', () => {
  const arbitraryStep = fc.oneof(
    { arbitrary: fc.record({ type: fc.constant('turn' as const), move: arbitraryMove }), weight: 5 },
    { arbitrary: fc.record({ type: fc.constant('deliver' as const), at: fc.nat(3) }), weight: 3 },
    { arbitrary: fc.record({ type: fc.constant('crash' as const), kept: fc.nat(3) }), weight: 1 },
  );
  fc.assert(
    fc.property(fc.array(arbitraryStep, { maxLength: 30 }), (steps) => {
      const disk = new MemoryDisk();
      let { storage, deliveries } = slowProcess(disk);
      let incarnation = 1;
      // The models after each turn since the last one that is known to be on the disk, which comes first.
      let history: StorageModel[] = [FRESH];
      for (const step of steps) {
        switch (step.type) {
          case 'turn': {
            const model = history.at(-1) ?? FRESH;
            const turn = turnAfter(model, step.move);
            storage.write(turn);
            const written = modelAfter(model, turn);
            history.push(written);
            storage.flush(() => {
              history = history.slice(history.indexOf(written));
            });
            break;
          }
          case 'deliver':
            deliveries[step.at]?.();
            break;
          case 'crash': {
            expect(storage.pendingTurns).toBe(history.length - 1);
            storage.crash(step.kept);
            history = history.slice(0, step.kept + 1).slice(-1);
            incarnation += 1;
            const next = slowProcess(disk);
            expect(next.opened).toEqual(openedAs(history[0] ?? FRESH, incarnation));
            ({ storage, deliveries } = next);
            break;
          }
        }
      }
    }),
    { numRuns: 200 },
  );
});
