/** Tests that must fail, on every host: they test the harness. */

import type { LabTest } from './lab-test.ts';
import { raftTest } from './lab3/raft-test.ts';
import { kvTest } from './lab4/kv-test.ts';
import { ELECTION_TIMEOUT_MS } from './raft-config.ts';

/** Nobody leads without a majority: disconnected servers are really cut off. */
const noMajority = raftTest({ lab: '3A', name: 'PlantedNoMajority', servers: 3 }, function* (config) {
  config.disconnect(0, 1);
  yield* config.checkOneLeader();
  return [];
});

/** The harness believes that a server applies from the start again, and the server does not: it is found in the server. */
const skippedCommands = raftTest(
  { lab: '3B', name: 'PlantedSkippedCommands', servers: 3 },
  function* (config) {
    yield* config.one(1, 3, true);
    config.applied.restart(0, undefined);
    yield* config.one(2, 3, true);
    return [];
  },
);

/** All three are down for good, so the command can never be agreed on. */
const crashed = raftTest({ lab: '3C', name: 'PlantedCrash', servers: 3 }, function* (config) {
  yield* config.one(1, 3, true);
  yield* config.crashAll();
  config.connect(...config.servers);
  yield* config.one(2, 1, true);
  return [];
});

const tooSlow = raftTest({ lab: '3A', name: 'PlantedFigure', servers: 3 }, function* (config) {
  yield* config.sleep(ELECTION_TIMEOUT_MS / 10);
  return [{ name: 'planted', measured: 2, atMost: 1 }];
});

/** What a clerk reads was never written by anybody. */
const inventedValue = kvTest(
  { lab: '4A', name: 'PlantedWrongValue', servers: 3, isReliable: true, maxRaftState: -1 },
  function* ({ clerks }) {
    const complete = clerks.begin(0, { type: 'get', key: 'k' });
    yield* clerks.make().put('k', 'written');
    complete('invented');
    return [];
  },
);

export const PLANTED_FAILURES: readonly LabTest[] = [
  noMajority,
  skippedCommands,
  crashed,
  tooSlow,
  inventedValue,
];
