/** Part 5B: joins and leaves between operations, with crashes, and snapshots as small as the course's. */

import type { Figure, LabTest } from '../lab-test.ts';
import type { Process } from '../process.ts';
import { Contents } from './contents.ts';
import type { ShardedKv } from './sharded-kv.ts';
import { shardedTest } from './sharded-test.ts';

const KEYS = 10;
/** The course takes the size of the log as a hint, with room for what is on its way. */
const RAFT_STATE_SLACK = 8;

const joinLeave = shardedTest(
  { lab: '5B', name: 'TestJoinLeave5B', isReliable: true, maxRaftState: -1 },
  function* (kv) {
    const contents = new Contents(kv);
    const clerk = kv.makeClerk();
    yield* kv.join(0);
    yield* contents.putAll(clerk, KEYS, 5);
    yield* contents.check(clerk);
    yield* kv.join(1);
    yield* contents.checkAndAppend(clerk, 5);
    yield* kv.leave(0);
    yield* contents.checkAndAppend(clerk, 5);
    yield* kv.sleep(1000);
    const figures = yield* logFigures(kv, -1);
    yield* kv.crash(0);
    yield* contents.check(clerk);
    return figures;
  },
);

const snapshot = shardedTest(
  { lab: '5B', name: 'TestSnapshot5B', isReliable: true, maxRaftState: 1000 },
  function* (kv) {
    const contents = new Contents(kv);
    const clerk = kv.makeClerk();
    yield* kv.join(0);
    yield* contents.putAll(clerk, 3 * KEYS, 20);
    yield* contents.check(clerk);
    yield* kv.join(1);
    yield* kv.join(2);
    yield* kv.leave(0);
    yield* contents.checkAndAppend(clerk, 20);
    yield* kv.leave(1);
    yield* kv.join(0);
    yield* contents.checkAndAppend(clerk, 20);
    yield* kv.sleep(1000);
    yield* contents.check(clerk);
    yield* kv.sleep(1000);
    const figures = yield* logFigures(kv, 1000);
    yield* kv.crash(...kv.groups);
    yield* kv.start(...kv.groups);
    yield* contents.check(clerk);
    return figures;
  },
);

const missChange = shardedTest(
  { lab: '5B', name: 'TestMissChange5B', isReliable: true, maxRaftState: 1000 },
  function* (kv) {
    const contents = new Contents(kv);
    const clerk = kv.makeClerk();
    yield* kv.join(0);
    yield* contents.putAll(clerk, KEYS, 20);
    yield* contents.check(clerk);
    yield* kv.join(1);
    yield* crashOneOfEach(kv, 0);
    yield* kv.join(2);
    yield* kv.leave(1);
    yield* kv.leave(0);
    yield* contents.checkAndAppend(clerk, 20);
    yield* kv.join(1);
    yield* contents.checkAndAppend(clerk, 20);
    yield* startOneOfEach(kv, 0);
    yield* contents.checkAndAppend(clerk, 20);
    yield* kv.sleep(2000);
    yield* crashOneOfEach(kv, 1);
    yield* kv.join(0);
    yield* kv.leave(2);
    yield* contents.checkAndAppend(clerk, 20);
    yield* startOneOfEach(kv, 1);
    yield* contents.check(clerk);
    return [];
  },
);

function* crashOneOfEach(kv: ShardedKv, server: number): Process {
  for (const group of kv.groups) yield* kv.group(group).crash(server);
}

function* startOneOfEach(kv: ShardedKv, server: number): Process {
  for (const group of kv.groups) yield* kv.group(group).start(server);
}

function* logFigures(kv: ShardedKv, maxRaftState: number): Process<readonly Figure[]> {
  const groups = kv.groups.map((group) => kv.group(group));
  let compactions = 0;
  let largest = 0;
  for (const group of groups) {
    compactions += yield* group.compactions();
    largest = Math.max(largest, yield* group.raftStateSizeMax());
  }
  if (maxRaftState < 0) return [{ name: 'compactions', measured: compactions, atMost: 0 }];
  return [
    { name: 'Raft state bytes', measured: largest, atMost: RAFT_STATE_SLACK * maxRaftState },
    { name: 'compactions', measured: compactions, atLeast: 1 },
  ];
}

export const MOVEMENT_TESTS: readonly LabTest[] = [joinLeave, snapshot, missChange];
