/** Part 3D: log compaction. */

import { check, type Figure } from '../lab-test.ts';
import type { Process } from '../process.ts';
import type { RaftConfig } from '../raft-config.ts';
import { raftTest } from './raft-test.ts';

const SERVERS = 3;
const ROUNDS = 30;
const LOG_BYTES_BOUND = 2000;
const SNAPSHOT_INTERVAL = 10;

type Failure = 'none' | 'disconnect' | 'crash';

function snapshotTest(name: string, isReliable: boolean, failure: Failure) {
  return raftTest({ lab: '3D', name, servers: SERVERS, isReliable, snapshots: true }, (config) =>
    snapshotRounds(config, failure),
  );
}

function* snapshotRounds(config: RaftConfig, failure: Failure): Process<readonly Figure[]> {
  const alive = failure === 'none' ? SERVERS : SERVERS - 1;
  let logBytes = 0;
  yield* config.one(config.randomCommand(), SERVERS, true);
  let leader = yield* config.checkOneLeader();
  for (let round = 0; round < ROUNDS; round += 1) {
    const hitsLeader = round % 3 === 1;
    const victim = hitsLeader ? leader : leader + 1;
    const sender = hitsLeader ? leader + 1 : leader;
    if (failure !== 'none') {
      yield* fail(config, victim, failure);
      yield* config.one(config.randomCommand(), alive, true);
    }
    // Perhaps enough for a snapshot; and perhaps the sender does not lead, and takes none of it.
    const burst = SNAPSHOT_INTERVAL / 2 + config.random.below(SNAPSHOT_INTERVAL);
    for (let count = 0; count < burst; count += 1) yield* config.submit(sender, config.randomCommand());
    yield* config.one(config.randomCommand(), alive, true);
    logBytes = Math.max(logBytes, yield* config.raftStateSizeMax());
    if (failure === 'none') continue;
    if (failure === 'crash') yield* config.start(victim);
    config.connect(victim);
    yield* config.one(config.randomCommand(), SERVERS, true);
    leader = yield* config.checkOneLeader();
  }
  return [
    { name: 'log bytes', measured: logBytes, atMost: LOG_BYTES_BOUND - 1 },
    yield* transfers(config, failure),
  ];
}

function* fail(config: RaftConfig, victim: number, failure: Failure): Process {
  if (failure === 'crash') yield* config.crash(victim);
  else config.disconnect(victim);
}

/** The course does not look whether a snapshot was ever sent, which is what most of these tests are for. */
function* transfers(config: RaftConfig, failure: Failure): Process<Figure> {
  const figure = { name: 'snapshots sent', measured: yield* config.snapshotsSent() };
  return failure === 'none' ? figure : { ...figure, atLeast: 1 };
}

const allCrash = raftTest(
  { lab: '3D', name: 'TestSnapshotAllCrash3D', servers: SERVERS, snapshots: true },
  function* (config) {
    yield* config.one(config.randomCommand(), SERVERS, true);
    for (let round = 0; round < 5; round += 1) {
      yield* agree(config, SNAPSHOT_INTERVAL / 2 + config.random.below(SNAPSHOT_INTERVAL));
      const before = yield* config.one(config.randomCommand(), SERVERS, true);
      yield* restartAll(config);
      const after = yield* config.one(config.randomCommand(), SERVERS, true);
      check(after > before, `the index went from ${before} to ${after} in a restart`);
    }
    return [{ name: 'snapshot bytes', measured: yield* config.snapshotSizeMax(), atLeast: 1 }];
  },
);

/** A server that saves its state after a restart must not lose the snapshot that it has only on the disk. */
const init = raftTest(
  { lab: '3D', name: 'TestSnapshotInit3D', servers: SERVERS, snapshots: true },
  function* (config) {
    yield* agree(config, 1 + SNAPSHOT_INTERVAL + 1);
    yield* restartAll(config);
    yield* agree(config, 1);
    yield* restartAll(config);
    yield* agree(config, 1);
    const first = config.applied.committed(1);
    check(first.servers === SERVERS, `only ${first.servers} servers still know the first command`);
    return [{ name: 'snapshot bytes', measured: yield* config.snapshotSizeMax(), atLeast: 1 }];
  },
);

function* agree(config: RaftConfig, count: number): Process {
  for (let done = 0; done < count; done += 1) yield* config.one(config.randomCommand(), SERVERS, true);
}

function* restartAll(config: RaftConfig): Process {
  for (const server of config.servers) yield* config.crash(server);
  for (const server of config.servers) yield* config.start(server);
  config.connect(...config.servers);
}

export const SNAPSHOT_TESTS = [
  snapshotTest('TestSnapshotBasic3D', true, 'none'),
  snapshotTest('TestSnapshotInstall3D', true, 'disconnect'),
  snapshotTest('TestSnapshotInstallUnreliable3D', false, 'disconnect'),
  snapshotTest('TestSnapshotInstallCrash3D', true, 'crash'),
  snapshotTest('TestSnapshotInstallUnCrash3D', false, 'crash'),
  allCrash,
  init,
];
