/** Part 4B: state transfer to a server that the log has left behind, and the size of the state. */

import type { LabClerk } from '../clerk.ts';
import { check, type LabTest } from '../lab-test.ts';
import { type Process, sleep } from '../process.ts';
import { kvTest } from './kv-test.ts';

const SERVERS = 3;
const MAX_RAFT_STATE = 1000;
const ELECTION_TIMEOUT_MS = 1000;
const STATE_BYTES_MAX = 500;

function* expectValues(clerk: LabClerk, expected: Readonly<Record<string, string>>): Process {
  for (const [key, value] of Object.entries(expected)) {
    const found = yield* clerk.get(key);
    check(found === value, `key ${key} holds ${found}, not ${value}`);
  }
}

const snapshotRpc = kvTest(
  { lab: '4B', name: 'TestSnapshotRPC4B', servers: SERVERS, isReliable: true, maxRaftState: MAX_RAFT_STATE },
  function* ({ group, clerks, world }) {
    const anyone = clerks.make();
    yield* anyone.put('a', 'A');
    yield* expectValues(anyone, { a: 'A' });

    group.partition([0, 1], [2]);
    const first = clerks.make([0, 1]);
    for (let count = 0; count < 50; count += 1) yield* first.put(String(count), String(count));
    yield* sleep(world.scheduler, ELECTION_TIMEOUT_MS);
    yield* first.put('b', 'B');
    const installedBefore = yield* group.snapshotsInstalled(2);

    group.partition([0, 2], [1]);
    const second = clerks.make([0, 2]);
    yield* second.put('c', 'C');
    yield* second.put('d', 'D');
    yield* expectValues(second, { a: 'A', b: 'B', '1': '1', '49': '49' });
    // The course infers it from the answers, which a log that is still long enough could give as well.
    const installed = (yield* group.snapshotsInstalled(2)) - installedBefore;

    group.heal();
    yield* anyone.put('e', 'E');
    yield* expectValues(anyone, { c: 'C', e: 'E', '1': '1' });
    return [{ name: 'snapshots that server 2 got', measured: installed, atLeast: 1 }];
  },
);

const snapshotSize = kvTest(
  {
    lab: '4B',
    name: 'TestSnapshotSize4B',
    servers: SERVERS,
    isReliable: true,
    maxRaftState: MAX_RAFT_STATE,
    runsAlone: true,
  },
  function* ({ group, clerks, world }) {
    const clerk = clerks.make();
    let largest = 0;
    for (let round = 0; round < 200; round += 1) {
      for (const value of ['0', '1']) {
        yield* clerk.put('x', value);
        yield* expectValues(clerk, { x: value });
      }
      largest = Math.max(largest, yield* group.stateSizeMax());
    }
    return [
      { name: 'state bytes', measured: largest, atMost: STATE_BYTES_MAX },
      { name: 'seconds for 800 operations', measured: world.scheduler.nowMs / 1000, atMost: 20 },
    ];
  },
);

export const SNAPSHOT_TESTS: readonly LabTest[] = [snapshotRpc, snapshotSize];
