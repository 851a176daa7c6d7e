import { check, type Figure, type Lab, type LabTest } from '../lab-test.ts';
import { type Process, runToEnd } from '../process.ts';
import { RaftConfig } from '../raft-config.ts';

/** The course fails a test that took longer; a test of ours that has not ended long after is taken to hang. */
const TEST_SECONDS_MAX = 120;
const HANG_MS = 600_000;

interface RaftTestOptions {
  readonly lab: Lab;
  readonly name: string;
  readonly servers: number;
  readonly isReliable?: boolean;
  readonly snapshots?: boolean;
}

/** A test of the bare core. Besides the figures of its body it has those that the course prints with each. */
export function raftTest(
  { lab, name, servers, isReliable = true, snapshots = false }: RaftTestOptions,
  body: (config: RaftConfig) => Process<readonly Figure[]>,
): LabTest {
  const simulator = ({ seed }: { readonly seed: number }) => {
    const config = new RaftConfig({ servers, isReliable, snapshots, seed });
    const end = runToEnd(config.scheduler, body(config), HANG_MS);
    check(end !== undefined, `the test has not ended after ${HANG_MS / 1000} s`);
    return [
      ...end.result,
      { name: 'seconds', measured: config.scheduler.nowMs / 1000, atMost: TEST_SECONDS_MAX },
      { name: 'RPCs', measured: config.network.calls },
      { name: 'bytes', measured: config.network.bytes },
      { name: 'commits', measured: config.applied.lastIndex },
    ];
  };
  return { lab, name, runners: { simulator } };
}
