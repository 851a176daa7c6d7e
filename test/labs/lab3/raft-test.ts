import { onBothHosts } from '../both-hosts.ts';
import type { Figure, Lab, LabTest } from '../lab-test.ts';
import type { Process } from '../process.ts';
import { RaftConfig } from '../raft-config.ts';
import { SimulatedRaftServers } from '../simulated-raft-servers.ts';
import type { Timeline } from '../timeline.ts';

/** The course fails a test that took longer. */
const TEST_SECONDS_MAX = 120;
const HANG_MS = { simulator: 600_000, workerd: 180_000 } as const;

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
  const options = { servers, isReliable, snapshots };
  const runners = onBothHosts({
    simulate: (seed, scheduler) =>
      new RaftConfig({ ...options, seed }, scheduler, new SimulatedRaftServers(scheduler)),
    onObjects: ({ seed, objects }, time) =>
      new RaftConfig({ ...options, seed }, time, objects.raftServers(time)),
    test: (config, timeline) => wholeTest(config, timeline, body),
    end: (config) => config.crashAll(),
    hangMs: HANG_MS,
  });
  return { lab, name, runners };
}

function* wholeTest(
  config: RaftConfig,
  timeline: Timeline,
  body: (config: RaftConfig) => Process<readonly Figure[]>,
): Process<readonly Figure[]> {
  yield* config.startAll();
  const figures = yield* body(config);
  return [
    ...figures,
    { name: 'seconds', measured: timeline.nowMs / 1000, atMost: TEST_SECONDS_MAX },
    { name: 'RPCs', measured: config.network.calls },
    { name: 'bytes', measured: config.network.bytes },
    { name: 'commits', measured: config.applied.lastIndex },
  ];
}
