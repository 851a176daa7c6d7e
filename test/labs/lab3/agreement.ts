/** Part 3B: log replication, but for the tests that count RPCs (traffic.ts). */

import { check, type Figure } from '../lab-test.ts';
import { joinAll, type Process, spawn } from '../process.ts';
import { ELECTION_TIMEOUT_MS, type RaftConfig } from '../raft-config.ts';
import { raftTest } from './raft-test.ts';

const ATTEMPTS = 5;
const PAUSE_BETWEEN_ATTEMPTS_MS = 3000;

const basicAgree = raftTest({ lab: '3B', name: 'TestBasicAgree3B', servers: 3 }, function* (config) {
  for (let index = 1; index <= 3; index += 1) {
    config.checkNotCommitted(index);
    const reached = yield* config.one(index * 100, 3, false);
    check(reached === index, `got index ${reached}, but expected ${index}`);
  }
  return [];
});

const followerFailure = raftTest(
  { lab: '3B', name: 'TestFollowerFailure3B', servers: 3 },
  function* (config) {
    yield* config.one(101, 3, false);
    const first = yield* config.checkOneLeader();
    config.disconnect(first + 1);
    yield* config.one(102, 2, false);
    yield* config.sleep(ELECTION_TIMEOUT_MS);
    yield* config.one(103, 2, false);
    const second = yield* config.checkOneLeader();
    config.disconnect(second + 1, second + 2);
    const submitted = yield* config.submit(second, 104);
    check(submitted?.index === 4, `the leader gave index ${submitted?.index}, not 4`);
    yield* config.sleep(2 * ELECTION_TIMEOUT_MS);
    config.checkNotCommitted(4);
    return [];
  },
);

const leaderFailure = raftTest({ lab: '3B', name: 'TestLeaderFailure3B', servers: 3 }, function* (config) {
  yield* config.one(101, 3, false);
  config.disconnect(yield* config.checkOneLeader());
  yield* config.one(102, 2, false);
  yield* config.sleep(ELECTION_TIMEOUT_MS);
  yield* config.one(103, 2, false);
  config.disconnect(yield* config.checkOneLeader());
  for (const server of config.servers) yield* config.submit(server, 104);
  yield* config.sleep(2 * ELECTION_TIMEOUT_MS);
  config.checkNotCommitted(4);
  return [];
});

const failAgree = raftTest({ lab: '3B', name: 'TestFailAgree3B', servers: 3 }, function* (config) {
  yield* config.one(101, 3, false);
  const leader = yield* config.checkOneLeader();
  config.disconnect(leader + 1);
  yield* config.one(102, 2, false);
  yield* config.one(103, 2, false);
  yield* config.sleep(ELECTION_TIMEOUT_MS);
  yield* config.one(104, 2, false);
  yield* config.one(105, 2, false);
  config.connect(leader + 1);
  yield* config.one(106, 3, true);
  yield* config.sleep(ELECTION_TIMEOUT_MS);
  yield* config.one(107, 3, true);
  return [];
});

const failNoAgree = raftTest({ lab: '3B', name: 'TestFailNoAgree3B', servers: 5 }, function* (config) {
  yield* config.one(10, 5, false);
  const first = yield* config.checkOneLeader();
  const followers = [first + 1, first + 2, first + 3];
  config.disconnect(...followers);
  const submitted = yield* config.submit(first, 20);
  check(submitted?.index === 2, `the leader gave index ${submitted?.index}, not 2`);
  yield* config.sleep(2 * ELECTION_TIMEOUT_MS);
  config.checkNotCommitted(2);
  config.connect(...followers);
  // The majority that was cut off may have chosen a leader without index 2.
  const second = yield* config.checkOneLeader();
  const index = (yield* config.submit(second, 30))?.index ?? 0;
  check(index === 2 || index === 3, `the leader gave index ${index}, not 2 or 3`);
  yield* config.one(1000, 5, true);
  return [];
});

const CONCURRENT_COMMANDS = [100, 101, 102, 103, 104];

const concurrentStarts = raftTest({ lab: '3B', name: 'TestConcurrentStarts3B', servers: 3 }, (config) =>
  withAttempts(config, function* () {
    const leader = yield* config.checkOneLeader();
    const term = (yield* config.submit(leader, 1))?.term;
    if (term === undefined) return undefined;
    const threads = CONCURRENT_COMMANDS.map((command) => spawn(submitSoon(config, leader, command)));
    const submitted = yield* joinAll(threads);
    if ((yield* config.terms()).some((newer) => newer !== term)) return undefined;
    const found = [];
    for (const accepted of submitted) {
      if (accepted?.term !== term) continue;
      const command = yield* config.wait(accepted.index, 3, term);
      if (command === undefined) return undefined;
      found.push(command);
    }
    for (const command of CONCURRENT_COMMANDS) {
      check(found.includes(command), `command ${command} is missing in ${found.join(', ')}`);
    }
    return [];
  }),
);

function* submitSoon(config: RaftConfig, leader: number, command: number) {
  yield* config.sleep(config.random.below(2));
  return yield* config.submit(leader, command);
}

/** Repeats what a change of term has spoilt (undefined). */
export function* withAttempts(
  config: RaftConfig,
  attempt: () => Process<readonly Figure[] | undefined>,
): Process<readonly Figure[]> {
  for (let attempts = 1; attempts <= ATTEMPTS; attempts += 1) {
    if (attempts > 1) yield* config.sleep(PAUSE_BETWEEN_ATTEMPTS_MS);
    const figures = yield* attempt();
    if (figures !== undefined)
      return [...figures, { name: 'attempts', measured: attempts, atMost: ATTEMPTS }];
  }
  return [{ name: 'attempts', measured: ATTEMPTS + 1, atMost: ATTEMPTS }];
}

const rejoin = raftTest({ lab: '3B', name: 'TestRejoin3B', servers: 3 }, function* (config) {
  yield* config.one(101, 3, true);
  const first = yield* config.checkOneLeader();
  config.disconnect(first);
  for (const doomed of [102, 103, 104]) yield* config.submit(first, doomed);
  yield* config.one(103, 2, true);
  const second = yield* config.checkOneLeader();
  config.disconnect(second);
  config.connect(first);
  yield* config.one(104, 2, true);
  config.connect(second);
  yield* config.one(105, 3, true);
  return [];
});

const BURST = 50;

const backup = raftTest({ lab: '3B', name: 'TestBackup3B', servers: 5 }, function* (config) {
  yield* config.one(config.randomCommand(), 5, true);
  const first = yield* config.checkOneLeader();
  const minority = [first, first + 1];
  const majority = [first + 2, first + 3, first + 4];
  config.disconnect(...majority);
  yield* submitBurst(config, first);
  yield* config.sleep(ELECTION_TIMEOUT_MS / 2);
  config.disconnect(...minority);
  config.connect(...majority);
  yield* agreeBurst(config);

  const second = yield* config.checkOneLeader();
  const other = (first + 2) % 5 === second ? second + 1 : first + 2;
  config.disconnect(other);
  yield* submitBurst(config, second);
  yield* config.sleep(ELECTION_TIMEOUT_MS / 2);
  config.disconnect(...config.servers);
  config.connect(...minority, other);
  yield* agreeBurst(config);

  config.connect(...config.servers);
  yield* config.one(config.randomCommand(), 5, true);
  return [];
});

/** These cannot commit: the leader has no majority. */
function* submitBurst(config: RaftConfig, leader: number): Process {
  for (let count = 0; count < BURST; count += 1) yield* config.submit(leader, config.randomCommand());
}

function* agreeBurst(config: RaftConfig): Process {
  for (let count = 0; count < BURST; count += 1) yield* config.one(config.randomCommand(), 3, true);
}

export const AGREEMENT_TESTS = [
  basicAgree,
  followerFailure,
  leaderFailure,
  failAgree,
  failNoAgree,
  concurrentStarts,
  rejoin,
  backup,
];
