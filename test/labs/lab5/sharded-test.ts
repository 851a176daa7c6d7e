import { onBothHosts } from '../both-hosts.ts';
import type { Figure, Lab, LabTest } from '../lab-test.ts';
import type { Process } from '../process.ts';
import { LAB_SHARDS, labShardOf, ShardedKv, type ShardedKvOptions } from './sharded-kv.ts';
import { simulatedRig } from './simulated-rig.ts';

/** The course fails a test that took longer. */
const TEST_SECONDS_MAX = 120;
const HANG_MS = { simulator: 600_000, workerd: 240_000 } as const;

export interface ShardedTestOptions extends Partial<Omit<ShardedKvOptions, 'seed'>> {
  readonly lab: Lab;
  readonly name: string;
  readonly isReliable: boolean;
  readonly maxRaftState: number;
  /** The course gives its challenges no limit but that of the whole. */
  readonly secondsMax?: number;
}

/** A test of the sharded store. Besides the figures of its body it has those that the course prints. */
export function shardedTest(
  { lab, name, secondsMax = TEST_SECONDS_MAX, ...given }: ShardedTestOptions,
  body: (kv: ShardedKv) => Process<readonly Figure[]>,
): LabTest {
  const options = { groups: 3, shardCount: LAB_SHARDS, shardOf: labShardOf, ...given };
  const runners = onBothHosts({
    simulate: (seed, scheduler) =>
      new ShardedKv({ ...options, seed }, simulatedRig({ ...options, seed }, scheduler)),
    onObjects: ({ seed, objects }, time) =>
      new ShardedKv({ ...options, seed }, objects.shardedRig({ ...options, seed }, time)),
    test: (kv) => wholeTest(kv, secondsMax, body),
    end: (kv) => kv.end(),
    hangMs: HANG_MS,
  });
  // A dozen servers that move shards keep a machine busy, and give up on each other when it is too busy.
  return { lab, name, runners, runsAlone: true };
}

function* wholeTest(
  kv: ShardedKv,
  secondsMax: number,
  body: (kv: ShardedKv) => Process<readonly Figure[]>,
): Process<readonly Figure[]> {
  yield* kv.startAll();
  const figures = yield* body(kv);
  kv.checkLinearizable();
  return [
    ...figures,
    { name: 'seconds', measured: kv.world.scheduler.nowMs / 1000, atMost: secondsMax },
    { name: 'RPCs', measured: kv.world.network.calls },
    { name: 'operations', measured: kv.operations },
  ];
}
