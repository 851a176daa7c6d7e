/** Part 3A: leader election. */

import { check } from '../lab-test.ts';
import { ELECTION_TIMEOUT_MS } from '../raft-config.ts';
import { raftTest } from './raft-test.ts';

const initialElection = raftTest(
  { lab: '3A', name: 'TestInitialElection3A', servers: 3 },
  function* (config) {
    yield* config.checkOneLeader();
    yield* config.sleep(50);
    const term = yield* config.checkTerms();
    check(term >= 1, `the term is ${term}, but should be at least 1`);
    yield* config.sleep(2 * ELECTION_TIMEOUT_MS);
    const termLater = yield* config.checkTerms();
    yield* config.checkOneLeader();
    // The course only warns of a new term. Without a failure there is no reason for one.
    return [{ name: 'terms without failure', measured: termLater - term, atMost: 0 }];
  },
);

const reElection = raftTest({ lab: '3A', name: 'TestReElection3A', servers: 3 }, function* (config) {
  const first = yield* config.checkOneLeader();
  config.disconnect(first);
  yield* config.checkOneLeader();
  config.connect(first);
  const second = yield* config.checkOneLeader();
  config.disconnect(second, second + 1);
  yield* config.sleep(2 * ELECTION_TIMEOUT_MS);
  yield* config.checkNoLeader();
  config.connect(second + 1);
  yield* config.checkOneLeader();
  config.connect(second);
  yield* config.checkOneLeader();
  return [];
});

const manyElections = raftTest({ lab: '3A', name: 'TestManyElections3A', servers: 7 }, function* (config) {
  yield* config.checkOneLeader();
  for (let round = 1; round < 10; round += 1) {
    // The three picks may coincide.
    const picks = Array.from({ length: 3 }, () => config.random.pick(config.servers));
    config.disconnect(...picks);
    yield* config.checkOneLeader();
    config.connect(...picks);
  }
  yield* config.checkOneLeader();
  return [];
});

export const ELECTION_TESTS = [initialElection, reElection, manyElections];
