import { onBothHosts } from '../both-hosts.ts';
import { type GroupKv, startGroupKv } from '../kv-config.ts';
import type { Figure, Lab, LabTest } from '../lab-test.ts';
import type { Process } from '../process.ts';

/** The course fails a test that took longer. */
const TEST_SECONDS_MAX = 120;
const HANG_MS = { simulator: 600_000, workerd: 180_000 } as const;
/** The course takes the size of the log as a hint, with room for what is on its way. */
const RAFT_STATE_SLACK = 8;

export interface KvTestOptions {
  readonly lab: Lab;
  readonly name: string;
  readonly servers: number;
  readonly isReliable: boolean;
  /** Bytes, or -1 for a log that is never compacted. */
  readonly maxRaftState: number;
  readonly runsAlone?: boolean;
}

/** A test of a replicated group. Besides the figures of its body it has those that the course checks or prints. */
export function kvTest(
  { lab, name, servers, isReliable, maxRaftState, runsAlone = false }: KvTestOptions,
  body: (kv: GroupKv) => Process<readonly Figure[]>,
): LabTest {
  const options = { servers, isReliable, maxRaftState };
  const runners = onBothHosts({
    simulate: (seed, scheduler) => startGroupKv({ ...options, seed }, scheduler),
    onObjects: ({ seed, objects }, time) => objects.groupKv({ ...options, seed }, time),
    test: (kv) => wholeTest(kv, maxRaftState, body),
    end: ({ group }) => group.crashAll(),
    hangMs: HANG_MS,
  });
  return { lab, name, runners, runsAlone };
}

function* wholeTest(
  kv: GroupKv,
  maxRaftState: number,
  body: (kv: GroupKv) => Process<readonly Figure[]>,
): Process<readonly Figure[]> {
  const { world, group, clerks } = kv;
  yield* group.startAll();
  const figures = yield* body(kv);
  const sizes = yield* sizeFigures(kv, maxRaftState);
  clerks.checkLinearizable();
  return [
    ...figures,
    ...sizes,
    { name: 'seconds', measured: world.scheduler.nowMs / 1000, atMost: TEST_SECONDS_MAX },
    { name: 'RPCs', measured: world.network.calls },
    { name: 'operations', measured: clerks.completed },
  ];
}

/** The largest that any server's log ever was, not only when a round was over. */
function* sizeFigures({ group }: GroupKv, maxRaftState: number): Process<readonly Figure[]> {
  const compactions = { name: 'compactions', measured: yield* group.compactions() };
  if (maxRaftState < 0) return [{ ...compactions, atMost: 0 }];
  return [
    {
      name: 'Raft state bytes',
      measured: yield* group.raftStateSizePeak(),
      atMost: RAFT_STATE_SLACK * maxRaftState,
    },
    { ...compactions, atLeast: 1 },
  ];
}
