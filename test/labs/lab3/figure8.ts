/** Part 3C: figure 8 of the Raft paper, where an entry of an earlier term must not be committed by counting. */

import type { Process } from '../process.ts';
import { ELECTION_TIMEOUT_MS, type RaftConfig } from '../raft-config.ts';
import { raftTest } from './raft-test.ts';

const SERVERS = 5;
const MAJORITY = 3;
const ROUNDS = 1000;
const REORDERED_FROM_ROUND = 200;
const SHORT_PAUSE_MS_BOUND = 13;

const figure8 = raftTest({ lab: '3C', name: 'TestFigure83C', servers: SERVERS }, function* (config) {
  yield* config.one(config.randomCommand(), 1, true);
  for (let round = 0; round < ROUNDS; round += 1) {
    const leader = yield* submitToAll(config);
    yield* pause(config);
    if (leader !== undefined) yield* config.crash(leader);
    if (config.servers.filter((server) => config.isUp(server)).length >= MAJORITY) continue;
    const server = config.random.pick(config.servers);
    if (config.isUp(server)) continue;
    yield* config.start(server);
    config.connect(server);
  }
  for (const server of config.servers) {
    if (config.isUp(server)) continue;
    yield* config.start(server);
    config.connect(server);
  }
  yield* config.one(config.randomCommand(), SERVERS, true);
  return [];
});

const figure8Unreliable = raftTest(
  { lab: '3C', name: 'TestFigure8Unreliable3C', servers: SERVERS, isReliable: false },
  function* (config) {
    yield* config.one(config.randomCommand(), 1, true);
    for (let round = 0; round < ROUNDS; round += 1) {
      if (round === REORDERED_FROM_ROUND) config.network.hasLongReordering = true;
      const leader = yield* submitToAll(config);
      yield* pause(config);
      if (leader !== undefined && config.random.chance(1, 2)) config.disconnect(leader);
      if (config.servers.filter((server) => config.isConnected(server)).length >= MAJORITY) continue;
      config.connect(config.random.pick(config.servers));
    }
    config.connect(...config.servers.filter((server) => !config.isConnected(server)));
    const healedMs = config.nowMs;
    yield* config.one(config.randomCommand(), SERVERS, true);
    const measured = (config.nowMs - healedMs) / 1000;
    return [{ name: 'seconds to agree at the end', measured, atMost: 10 }];
  },
);

/** Returns the last connected server that took the command. */
function* submitToAll(config: RaftConfig): Process<number | undefined> {
  let last: number | undefined;
  for (const server of config.servers) {
    const accepted = yield* config.submit(server, config.randomCommand());
    if (accepted !== undefined && config.isConnected(server)) last = server;
  }
  return last;
}

function pause(config: RaftConfig): Process {
  const isLong = config.random.chance(1, 10);
  return config.sleep(config.random.below(isLong ? ELECTION_TIMEOUT_MS / 2 : SHORT_PAUSE_MS_BOUND));
}

export const FIGURE_8_TESTS = [figure8, figure8Unreliable];
