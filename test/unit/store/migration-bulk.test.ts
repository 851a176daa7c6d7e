import { describe, expect, test } from 'vitest';
import { asReplicaId } from '../../../src/raft/index.ts';
import { REPLICA_PATHS } from '../../../src/replica/index.ts';
import { SHARD_REQUEST, type ShardId, type Work } from '../../../src/shard/index.ts';
import { SILENT } from '../client/support/scripted-port.ts';
import {
  type Applied,
  arriving,
  CONFIRMATION,
  DELETING,
  DrivingGroup,
  type DrivingOptions,
  FIRST,
  FLUSH_MS,
  rowsPart,
  SHARDS,
  shardAnswer,
} from './support/driving-group.ts';

function shardIn(body: Uint8Array): ShardId {
  const request = SHARD_REQUEST.decode(body);
  return request.type === 'lost' ? FIRST : request.shard;
}

/** Each shard that is deleted here needs so many sweeps. */
function sweeping(sweeps: number, shards: readonly ShardId[] = SHARDS) {
  const left = new Map(shards.map((shard) => [shard, sweeps]));
  return {
    work: (): Partial<Work> => ({
      shards: [...left].filter(([, count]) => count > 0).map(([shard]) => [shard, DELETING] as const),
    }),
    swept(shard: ShardId): void {
      left.set(shard, (left.get(shard) ?? 0) - 1);
    },
    isOver: () => [...left.values()].every((count) => count <= 0),
  };
}

function sweepingGroup(sweeps: number, options: Partial<DrivingOptions> = {}, shards = SHARDS) {
  const task = sweeping(sweeps, shards);
  const group = new DrivingGroup({
    ...options,
    work: task.work,
    apply: (command) => {
      if (command.type === 'sweep') task.swept(command.shard);
      return undefined;
    },
  });
  return { group, task };
}

const gaps = (applied: readonly Applied[]) =>
  applied.slice(1).map(({ atMs }, at) => atMs - (applied[at]?.atMs ?? 0));

describe('bulk (store.M1)', () => {
  test.each([
    ['one shard', [FIRST]],
    ['three shards', SHARDS],
  ])(
    'of %s is written one part at a time, each once, and the rest after a part belongs to it',
    (_, shards) => {
      const { group, task } = sweepingGroup(4, {}, shards);
      group.until(task.isOver);
      group.run(5000);
      expect(group.commands).toHaveLength(4 * shards.length);
      for (const gapMs of gaps(group.commands)) expect(gapMs).toBeGreaterThanOrEqual(13 * FLUSH_MS);
    },
  );

  test('is rested after for a limited time', () => {
    const { group, task } = sweepingGroup(1, { settings: { restMsMax: 50 } });
    group.until(task.isOver);
    for (const gapMs of gaps(group.commands)) {
      expect(gapMs).toBeGreaterThanOrEqual(50 + FLUSH_MS);
      expect(gapMs).toBeLessThan(50 + 2 * FLUSH_MS);
    }
  });

  test('that was not taken is not rested after', () => {
    const group = new DrivingGroup({
      work: () => ({ shards: SHARDS.map((shard) => [shard, DELETING] as const) }),
      apply: () => ({ type: 'not-now' }),
    });
    group.until(() => group.commands.length === 3);
    for (const gapMs of gaps(group.commands)) expect(gapMs).toBeLessThan(2 * FLUSH_MS);
  });

  test('holds up nothing small', () => {
    const task = sweeping(1);
    let isConfirmed = false;
    const group = new DrivingGroup({
      script: ({ path }) => (path === REPLICA_PATHS.shard ? shardAnswer({ type: 'released' }) : SILENT),
      work: () => ({ ...task.work(), confirmations: isConfirmed ? [] : [CONFIRMATION] }),
      apply: (command) => {
        if (command.type === 'sweep') task.swept(command.shard);
        else isConfirmed = true;
        return undefined;
      },
    });
    group.until(task.isOver);
    expect(group.commands.map(({ command }) => command.type)).toEqual([
      'sweep',
      'confirmed',
      'sweep',
      'sweep',
    ]);
  });

  test('of shards that arrive waits its turn as well; their small parts do not', () => {
    const arrivals = (valueBytes: number) => {
      const installed = new Set<ShardId>();
      const group = new DrivingGroup({
        script: ({ path, body }) =>
          path === REPLICA_PATHS.shard
            ? shardAnswer({ type: 'part', part: rowsPart(shardIn(body), valueBytes) })
            : SILENT,
        work: () => ({
          shards: SHARDS.filter((shard) => !installed.has(shard)).map(
            (shard) => [shard, arriving()] as const,
          ),
        }),
        apply: (command) => {
          if (command.type === 'install') installed.add(command.shard);
          return undefined;
        },
      });
      group.until(() => installed.size === SHARDS.length);
      return gaps(group.commands);
    };
    for (const gapMs of arrivals(500)) expect(gapMs).toBeGreaterThanOrEqual(13 * FLUSH_MS);
    for (const gapMs of arrivals(8)) expect(gapMs).toBeLessThan(2 * FLUSH_MS);
  });

  test('is not held up by the rest of an earlier leadership, also of the same replica', () => {
    const HOUR_MS = 3_600_000;
    const group = new DrivingGroup({
      servers: 3,
      settings: { restsPerWork: HOUR_MS, restMsMax: HOUR_MS },
      work: () => ({ shards: SHARDS.map((shard) => [shard, DELETING] as const) }),
    });
    const first = group.leader();
    let leaderships = 1;
    group.until(() => group.applied[first]?.length === leaderships);
    for (const next of [group.follower(), first]) {
      group.replica(group.leader()).transferLeadership(asReplicaId(next + 1));
      group.until(() => group.group.leader === next);
      leaderships += 1;
      group.until(() => group.applied[first]?.length === leaderships);
    }
    group.run(5000);
    expect(group.applied[first]).toHaveLength(leaderships);
  });
});
