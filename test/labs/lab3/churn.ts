/** Part 3C: concurrent clients over a network, and servers, that fail all the time. */

import type { Command } from '../applied-logs.ts';
import { check } from '../lab-test.ts';
import { joinAll, type Process, spawn } from '../process.ts';
import { ELECTION_TIMEOUT_MS, type RaftConfig } from '../raft-config.ts';
import { raftTest } from './raft-test.ts';

const SERVERS = 5;

const unreliableAgree = raftTest(
  { lab: '3C', name: 'TestUnreliableAgree3C', servers: SERVERS, isReliable: false },
  function* (config) {
    const threads = [];
    for (let round = 1; round < 50; round += 1) {
      for (let command = 100 * round; command < 100 * round + 4; command += 1) {
        threads.push(spawn(config.one(command, 1, true)));
      }
      yield* config.one(round, 1, true);
    }
    config.network.isReliable = true;
    yield* joinAll(threads);
    const index = yield* config.one(100, SERVERS, true);
    return [{ name: 'last index', measured: index, atLeast: 246 }];
  },
);

const CLIENTS = 3;
const ROUNDS = 20;
const ROUND_MS = 0.7 * ELECTION_TIMEOUT_MS;
const COMMIT_WAITS_MS = [10, 20, 50, 100, 200];

function* churn(config: RaftConfig) {
  const clock = { isOver: false };
  const clients = Array.from({ length: CLIENTS }, (_, me) => spawn(client(config, me, clock)));
  for (let round = 0; round < ROUNDS; round += 1) {
    yield* failOrRecover(config);
    yield* config.sleep(ROUND_MS);
  }
  yield* config.sleep(ELECTION_TIMEOUT_MS);
  config.network.isReliable = true;
  for (const server of config.servers) {
    if (!config.isUp(server)) yield* config.start(server);
    config.connect(server);
  }
  clock.isOver = true;
  const committed = (yield* joinAll(clients)).flat();
  yield* config.sleep(ELECTION_TIMEOUT_MS);
  const lastIndex = yield* config.one(config.randomCommand(), SERVERS, true);
  const survived = new Set<Command | undefined>();
  for (let index = 1; index <= lastIndex; index += 1) survived.add(yield* config.wait(index, SERVERS));
  for (const command of committed) check(survived.has(command), `the committed ${command} was lost`);
  // No bound: in some runs a majority is never connected.
  return [{ name: 'commits seen by clients', measured: committed.length }];
}

function* failOrRecover(config: RaftConfig): Process {
  if (config.random.chance(1, 5)) config.disconnect(config.random.pick(config.servers));
  if (config.random.chance(1, 2)) {
    const server = config.random.pick(config.servers);
    if (!config.isUp(server)) yield* config.start(server);
    config.connect(server);
  }
  if (config.random.chance(1, 5)) yield* config.crash(config.random.pick(config.servers));
}

/** Submits one command after the other to whoever takes it; returns those it saw committed. */
function* client(
  config: RaftConfig,
  me: number,
  clock: { readonly isOver: boolean },
): Process<readonly Command[]> {
  const committed = [];
  while (!clock.isOver) {
    const command = config.randomCommand();
    const accepted = yield* submitToAll(config, command);
    if (accepted === undefined) yield* config.sleep(79 + me * 17);
    else if (yield* isCommittedSoon(config, accepted.index, command)) committed.push(command);
  }
  return committed;
}

/** The place that the last server to take it gave it. */
function* submitToAll(config: RaftConfig, command: Command): Process<{ readonly index: number } | undefined> {
  let accepted: { readonly index: number } | undefined;
  for (const server of config.servers) accepted = (yield* config.submit(server, command)) ?? accepted;
  return accepted;
}

/** The leader may commit it or not: nobody waits for ever. */
function* isCommittedSoon(config: RaftConfig, index: number, command: Command): Process<boolean> {
  for (const waitMs of COMMIT_WAITS_MS) {
    const agreed = config.applied.committed(index);
    if (agreed.servers > 0) return agreed.command === command;
    yield* config.sleep(waitMs);
  }
  return false;
}

const reliableChurn = raftTest({ lab: '3C', name: 'TestReliableChurn3C', servers: SERVERS }, churn);
const unreliableChurn = raftTest(
  { lab: '3C', name: 'TestUnreliableChurn3C', servers: SERVERS, isReliable: false },
  churn,
);

export const CHURN_TESTS = [unreliableAgree, reliableChurn, unreliableChurn];
