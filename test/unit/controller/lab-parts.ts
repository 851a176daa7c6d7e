/**
 * The parts of the course's controller tests (shardctrler TestBasic, TestMinimalAgain, TestMulti), for any clerk.
 * The course compares "minimal transfer" for groups that do not exist at that point; here it is for those that do.
 */
import { expect } from 'vitest';
import { asGroupId, asShardId, type Configuration, type GroupId } from '../../../src/shard/index.ts';
import {
  faultsOf,
  fewestMoves,
  groupIds,
  groupsOf,
  LAB_SHARD_COUNT,
  movedCount,
} from './configuration-checks.ts';
import type { ControllerClerk } from './controller-clerk.ts';

const range = (count: number, at: (index: number) => number): readonly number[] =>
  Array.from({ length: count }, (_, index) => at(index));

export const TEN_GROUPS = range(10, (index) => 100 + 10 * index);
export const FIVE_MORE_GROUPS = range(5, (index) => 11 + index);

export async function checkedLatest(clerk: ControllerClerk, ids: readonly number[]): Promise<Configuration> {
  const configuration = await clerk.query();
  expect(faultsOf(configuration, groupIds(...ids))).toEqual([]);
  return configuration;
}

/** Joins and leaves groups 1 and 2 one at a time; all the configurations on the way, the empty one first. */
export async function leaveJoin(clerk: ControllerClerk): Promise<readonly Configuration[]> {
  const seen = [await checkedLatest(clerk, [])];
  await clerk.join(groupsOf(1));
  seen.push(await checkedLatest(clerk, [1]));
  await clerk.join(groupsOf(2));
  seen.push(await checkedLatest(clerk, [1, 2]));
  await clerk.leave(groupIds(1));
  seen.push(await checkedLatest(clerk, [2]));
  await clerk.leave(groupIds(2));
  seen.push(await checkedLatest(clerk, []));
  return seen;
}

export async function historicalQueries(
  clerk: ControllerClerk,
  seen: readonly Configuration[],
): Promise<void> {
  for (const configuration of seen) expect(await clerk.query(configuration.number)).toEqual(configuration);
  expect(await clerk.query(Number.MAX_SAFE_INTEGER)).toEqual(await clerk.query());
}

/** Each real move makes a new configuration in which only that shard has another owner. */
export async function moves(clerk: ControllerClerk): Promise<void> {
  await clerk.join(groupsOf(503));
  await clerk.join(groupsOf(504));
  const target = (shard: number): GroupId => asGroupId(shard < LAB_SHARD_COUNT / 2 ? 503 : 504);
  for (let shard = 0; shard < LAB_SHARD_COUNT; shard += 1) {
    const before = await clerk.query();
    await clerk.move(asShardId(shard), target(shard));
    const after = await clerk.query();
    const isReal = before.shards[shard] !== target(shard);
    expect(after.number).toBe(before.number + (isReal ? 1 : 0));
    expect(after.shards).toEqual(before.shards.with(shard, target(shard)));
  }
  const { shards } = await clerk.query();
  expect(shards).toEqual(range(LAB_SHARD_COUNT, target));
  await clerk.leave(groupIds(503));
  await clerk.leave(groupIds(504));
}

/** Each of ten clerks joins a group that stays and others that leave again. */
export async function concurrentLeaveJoin(clerks: readonly ControllerClerk[]): Promise<void> {
  await Promise.all(
    clerks.map(async (clerk, index) => {
      const id = 100 + 10 * index;
      await clerk.join(groupsOf(id + 1000));
      await clerk.join(groupsOf(id));
      await clerk.leave(groupIds(id + 1000));
    }),
  );
}

export async function concurrentLeaveJoinOfMany(clerks: readonly ControllerClerk[]): Promise<void> {
  await Promise.all(
    clerks.map(async (clerk, index) => {
      const id = 100 + 10 * index;
      await clerk.join(groupsOf(id, id + 1000, id + 2000));
      await clerk.leave(groupIds(id + 1000, id + 2000));
    }),
  );
}

/** Does `change` and checks that not one shard more moved than had to. */
export async function minimalTransfer(
  clerk: ControllerClerk,
  change: () => Promise<unknown>,
  expected: readonly number[],
): Promise<{ readonly before: Configuration; readonly after: Configuration }> {
  const before = await clerk.query();
  await change();
  const after = await checkedLatest(clerk, expected);
  expect(movedCount(before.shards, after.shards)).toBe(fewestMoves(before.shards, groupIds(...expected)));
  return { before, after };
}

/** Joins `joining` one at a time; no shard moves but to the group that joins. */
export async function minimalTransferAfterJoins(
  clerk: ControllerClerk,
  present: readonly number[],
  joining: readonly number[],
): Promise<void> {
  for (const [index, id] of joining.entries()) {
    const expected = [...present, ...joining.slice(0, index + 1)];
    const { before, after } = await minimalTransfer(clerk, () => clerk.join(groupsOf(id)), expected);
    after.shards.forEach((owner, shard) => {
      if (owner !== id) expect(owner).toBe(before.shards[shard]);
    });
  }
}

/** Takes `leaving` away one at a time; no shard moves but from the group that leaves. */
export async function minimalTransferAfterLeaves(
  clerk: ControllerClerk,
  staying: readonly number[],
  leaving: readonly number[],
): Promise<void> {
  for (const [index, id] of leaving.entries()) {
    const expected = [...staying, ...leaving.slice(index + 1)];
    const { before, after } = await minimalTransfer(clerk, () => clerk.leave(groupIds(id)), expected);
    before.shards.forEach((owner, shard) => {
      if (owner !== id) expect(after.shards[shard]).toBe(owner);
    });
  }
}

/** TestMinimalAgain: groups 1 and 2, then 3 joins, then 1 leaves; at most four of ten shards move each time. */
export async function minimalAgain(clerk: ControllerClerk): Promise<void> {
  const movedMax = Math.floor(LAB_SHARD_COUNT / 3) + 1;
  await minimalTransferAfterJoins(clerk, [], [1, 2]);
  const before = await clerk.query();
  await minimalTransferAfterJoins(clerk, [1, 2], [3]);
  const joined = await clerk.query();
  await minimalTransferAfterLeaves(clerk, [2, 3], [1]);
  const left = await clerk.query();
  expect(movedCount(before.shards, joined.shards)).toBeLessThanOrEqual(movedMax);
  expect(movedCount(joined.shards, left.shards)).toBeLessThanOrEqual(movedMax);
}

/** TestMulti, first part: several groups in one call. */
export async function leaveJoinOfMany(clerk: ControllerClerk): Promise<void> {
  await checkedLatest(clerk, []);
  await clerk.join(groupsOf(1, 2));
  await checkedLatest(clerk, [1, 2]);
  await clerk.join(groupsOf(3));
  await checkedLatest(clerk, [1, 2, 3]);
  await clerk.leave(groupIds(1, 3));
  await checkedLatest(clerk, [2]);
  await clerk.leave(groupIds(2));
  await checkedLatest(clerk, []);
}
