import { Scheduler } from '../../sim/scheduler.ts';
import { check, type Figure, type Lab, type LabTest } from '../lab-test.ts';
import { type Process, runToEnd } from '../process.ts';
import { ShardedKv, type ShardedKvOptions } from './sharded-kv.ts';

/** The course fails a test that took longer. */
const TEST_SECONDS_MAX = 120;
const HANG_MS = 600_000;

export interface ShardedTestOptions extends Omit<ShardedKvOptions, 'seed'> {
  readonly lab: Lab;
  readonly name: string;
  /** Virtual seconds; the course gives its challenges no limit but that of the whole. */
  readonly secondsMax?: number;
}

/** A test of the sharded store. Besides the figures of its body it has those that the course prints. */
export function shardedTest(
  { lab, name, secondsMax = TEST_SECONDS_MAX, ...options }: ShardedTestOptions,
  body: (kv: ShardedKv) => Process<readonly Figure[]>,
): LabTest {
  const simulator = ({ seed }: { readonly seed: number }) => {
    const scheduler = new Scheduler();
    const kv = new ShardedKv({ ...options, seed }, scheduler);
    const end = runToEnd(scheduler, body(kv), HANG_MS);
    check(end !== undefined, `the test has not ended after ${HANG_MS / 1000} s`);
    kv.checkLinearizable();
    return [
      ...end.result,
      { name: 'seconds', measured: scheduler.nowMs / 1000, atMost: secondsMax },
      { name: 'RPCs', measured: kv.world.network.calls },
      { name: 'operations', measured: kv.operations },
    ];
  };
  return { lab, name, runners: { simulator } };
}
