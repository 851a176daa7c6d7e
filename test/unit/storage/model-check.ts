import fc from 'fast-check';
import { expect } from 'vitest';
import type { FrozenView } from '../../../src/storage/index.ts';
import { arbitraryLimit, arbitraryRange } from './arbitraries.ts';
import { naiveScan } from './naive-table.ts';
import {
  arbitraryMove,
  FRESH,
  MEMBERSHIP,
  modelAfter,
  openedAs,
  type StorageModel,
  snapshotOf,
  turnAfter,
} from './storage-model.ts';
import type { TestDisk } from './suite.ts';

const scan = { range: arbitraryRange, limit: arbitraryLimit };

const arbitraryStep = fc.oneof(
  { arbitrary: fc.record({ type: fc.constant('turn' as const), move: arbitraryMove, ...scan }), weight: 8 },
  { arbitrary: fc.record({ type: fc.constant('open-view' as const), ...scan }), weight: 2 },
  { arbitrary: fc.record({ type: fc.constant('close-view' as const), ...scan }), weight: 1 },
  { arbitrary: fc.record({ type: fc.constant('restart' as const), ...scan }), weight: 2 },
);

/** Throws, with the seed, on the first difference between a storage and the model. */
export function checkAgainstModel(newDisk: () => TestDisk, numRuns: number): void {
  fc.assert(
    fc.property(fc.array(arbitraryStep, { maxLength: 25 }), (steps) => {
      const disk = newDisk();
      let storage = disk.start();
      let incarnation = 1;
      let model = FRESH;
      let view: { readonly frozen: FrozenView; readonly model: StorageModel } | undefined;
      expect(storage.open(MEMBERSHIP)).toEqual(openedAs(model, incarnation));
      for (const step of steps) {
        switch (step.type) {
          case 'turn': {
            const turn = turnAfter(model, step.move);
            storage.write(turn);
            model = modelAfter(model, turn);
            if (turn.store?.install?.done) view = undefined;
            break;
          }
          case 'open-view':
            view = { frozen: storage.openView(), model };
            expect(view.frozen.snapshot).toEqual(snapshotOf(model));
            break;
          case 'close-view':
            view?.frozen.close();
            view = undefined;
            break;
          case 'restart':
            storage = disk.start();
            incarnation += 1;
            view = undefined;
            expect(storage.open(MEMBERSHIP)).toEqual(openedAs(model, incarnation));
            break;
        }
        const { range, limit } = step;
        expect(storage.table.scan(range, limit)).toEqual(naiveScan(model.rows, range, limit));
        if (view !== undefined) {
          expect(view.frozen.scan(range, limit)).toEqual(naiveScan(view.model.rows, range, limit));
        }
      }
    }),
    { numRuns },
  );
}
