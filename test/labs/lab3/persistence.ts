/** Part 3C: crashes and restarts in a fixed order. */

import { check } from '../lab-test.ts';
import { ELECTION_TIMEOUT_MS } from '../raft-config.ts';
import { raftTest } from './raft-test.ts';

const persist1 = raftTest({ lab: '3C', name: 'TestPersist13C', servers: 3 }, function* (config) {
  yield* config.one(11, 3, true);
  for (const server of config.servers) yield* config.start(server);
  config.connect(...config.servers);
  yield* config.one(12, 3, true);

  const first = yield* config.checkOneLeader();
  yield* config.start(first);
  config.connect(first);
  yield* config.one(13, 3, true);

  const second = yield* config.checkOneLeader();
  config.disconnect(second);
  yield* config.one(14, 2, true);
  yield* config.start(second);
  config.connect(second);
  yield* config.wait(4, 3);

  const third = (yield* config.checkOneLeader()) + 1;
  config.disconnect(third);
  yield* config.one(15, 2, true);
  yield* config.start(third);
  config.connect(third);
  yield* config.one(16, 3, true);
  return [];
});

const persist2 = raftTest({ lab: '3C', name: 'TestPersist23C', servers: 5 }, function* (config) {
  let command = 11;
  for (let round = 0; round < 5; round += 1) {
    yield* config.one(command, 5, true);
    const leader = yield* config.checkOneLeader();
    const early = [leader + 1, leader + 2];
    config.disconnect(...early);
    yield* config.one(command + 1, 3, true);
    config.disconnect(leader, leader + 3, leader + 4);
    for (const server of early) yield* config.start(server);
    config.connect(...early);
    yield* config.sleep(ELECTION_TIMEOUT_MS);
    yield* config.start(leader + 3);
    config.connect(leader + 3);
    yield* config.one(command + 2, 3, true);
    config.connect(leader + 4, leader);
    command += 3;
  }
  const index = yield* config.one(1000, 5, true);
  return [{ name: 'last index', measured: index, atLeast: 16 }];
});

const persist3 = raftTest({ lab: '3C', name: 'TestPersist33C', servers: 3 }, function* (config) {
  yield* config.one(101, 3, true);
  const leader = yield* config.checkOneLeader();
  config.disconnect(leader + 2);
  yield* config.one(102, 2, true);
  yield* config.crash(leader);
  yield* config.crash(leader + 1);
  config.connect(leader + 2);
  yield* config.start(leader);
  config.connect(leader);
  yield* config.one(103, 2, true);
  yield* config.start(leader + 1);
  config.connect(leader + 1);
  yield* config.one(104, 3, true);
  const survivor = yield* config.wait(2, 3);
  check(survivor === 102, `what was committed before the crash became ${survivor}`);
  return [];
});

export const PERSISTENCE_TESTS = [persist1, persist2, persist3];
