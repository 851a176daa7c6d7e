import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MemoryTable } from '../../../tools/memory-storage/index.ts';
import { groupIds, groupsOf } from './configuration-checks.ts';
import { applyPayload, type ControllerClerk, createLocalClerk, rowsOf } from './controller-clerk.ts';
import {
  checkedLatest,
  concurrentLeaveJoin,
  concurrentLeaveJoinOfMany,
  FIVE_MORE_GROUPS,
  historicalQueries,
  leaveJoin,
  leaveJoinOfMany,
  minimalAgain,
  minimalTransfer,
  minimalTransferAfterJoins,
  minimalTransferAfterLeaves,
  moves,
  TEN_GROUPS,
} from './lab-parts.ts';

const RUNS = 30;

function createController() {
  return { table: new MemoryTable(), log: [] as Uint8Array[] };
}

/** Ten clerks whose commands reach the log in an order that the scheduler draws. */
function tenClerks(
  controller: ReturnType<typeof createController>,
  scheduler: fc.Scheduler,
): readonly ControllerClerk[] {
  return TEN_GROUPS.map((id) =>
    createLocalClerk(controller, `clerk-${id}`, () => scheduler.schedule(Promise.resolve())),
  );
}

test('TestBasic: groups come and go, history stays, moves count, transfers are minimal', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), async (scheduler) => {
      const controller = createController();
      const clerk = createLocalClerk(controller, 'clerk');
      const seen = await leaveJoin(clerk);
      expect(seen.map(({ number }) => number)).toEqual([0, 1, 2, 3, 4]);
      await historicalQueries(clerk, seen);
      await moves(clerk);
      const before = await clerk.query();
      await scheduler.waitFor(concurrentLeaveJoin(tenClerks(controller, scheduler)));
      const { number } = await checkedLatest(clerk, TEN_GROUPS);
      expect(number).toBe(before.number + 3 * TEN_GROUPS.length);
      await minimalTransferAfterJoins(clerk, TEN_GROUPS, FIVE_MORE_GROUPS);
      await minimalTransferAfterLeaves(clerk, TEN_GROUPS, FIVE_MORE_GROUPS);
      await historicalQueries(clerk, seen);
    }),
    { numRuns: RUNS },
  );
});

test('TestMinimalAgain: a third group takes, and a leaving group gives, no more than its share', async () => {
  await minimalAgain(createLocalClerk(createController(), 'clerk'));
});

test('TestMulti: several groups join or leave at once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), async (scheduler) => {
      const controller = createController();
      const clerk = createLocalClerk(controller, 'clerk');
      await leaveJoinOfMany(clerk);
      const before = await clerk.query();
      await scheduler.waitFor(concurrentLeaveJoinOfMany(tenClerks(controller, scheduler)));
      const { number } = await checkedLatest(clerk, TEN_GROUPS);
      expect(number).toBe(before.number + 2 * TEN_GROUPS.length);
      const all = [...TEN_GROUPS, ...FIVE_MORE_GROUPS];
      await minimalTransfer(clerk, () => clerk.join(groupsOf(...FIVE_MORE_GROUPS)), all);
      await minimalTransfer(clerk, () => clerk.leave(groupIds(...FIVE_MORE_GROUPS)), TEN_GROUPS);

      const other = createController();
      for (const payload of controller.log) applyPayload(other, payload);
      expect(rowsOf(other.table)).toEqual(rowsOf(controller.table));
    }),
    { numRuns: RUNS },
  );
});

test('the transfers of the fifteen groups are not vacuous: shards do move when five of them are joined alone', async () => {
  const clerk = createLocalClerk(createController(), 'clerk');
  await minimalTransferAfterJoins(clerk, [], FIVE_MORE_GROUPS);
  const { shards } = await clerk.query();
  expect(new Set(shards).size).toBe(FIVE_MORE_GROUPS.length);
  await minimalTransferAfterLeaves(clerk, [], FIVE_MORE_GROUPS);
});
