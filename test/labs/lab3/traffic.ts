/** Part 3B: what replication may cost in RPCs and bytes. */

import { check } from '../lab-test.ts';
import type { RaftConfig } from '../raft-config.ts';
import { withAttempts } from './agreement.ts';
import { raftTest } from './raft-test.ts';

const SERVERS = 3;
const LARGE_COMMANDS = 10;
const LARGE_COMMAND_BYTES = 5000;
const BYTES_SLOP = 50_000;

const rpcBytes = raftTest({ lab: '3B', name: 'TestRPCBytes3B', servers: SERVERS }, function* (config) {
  yield* config.one(99, SERVERS, false);
  const bytesBefore = config.network.bytes;
  for (let index = 2; index < 2 + LARGE_COMMANDS; index += 1) {
    const reached = yield* config.one(randomString(config, LARGE_COMMAND_BYTES), SERVERS, false);
    check(reached === index, `got index ${reached}, but expected ${index}`);
  }
  const atMost = SERVERS * LARGE_COMMANDS * LARGE_COMMAND_BYTES + BYTES_SLOP;
  return [{ name: 'bytes for ten commands', measured: config.network.bytes - bytesBefore, atMost }];
});

function randomString(config: RaftConfig, length: number): string {
  const letters = Array.from({ length }, () => String.fromCharCode(97 + config.random.below(26)));
  return letters.join('');
}

const COUNTED_COMMANDS = 10;
const IDLE_MS = 1000;
/**
 * The course allows 60, but its handout asks for at most ten heartbeats a second to each follower. An eleventh may
 * arrive within the second at whose beginning the first was still under way.
 */
const IDLE_RPCS_MAX = (10 + 1) * (SERVERS - 1);

const count = raftTest({ lab: '3B', name: 'TestCount3B', servers: SERVERS }, function* (config) {
  yield* config.checkOneLeader();
  const forElection = config.requestsReceived();
  const figures = yield* withAttempts(config, function* () {
    const leader = yield* config.checkOneLeader();
    const before = config.requestsReceived();
    const first = yield* config.submit(leader, 1);
    if (first === undefined) return undefined;
    const commands = [];
    for (let offset = 1; offset < COUNTED_COMMANDS + 2; offset += 1) {
      const command = config.randomCommand();
      const submitted = yield* config.submit(leader, command);
      if (submitted?.term !== first.term) return undefined;
      check(submitted.index === first.index + offset, `index ${submitted.index} after ${first.index}`);
      commands.push(command);
    }
    for (const [at, command] of commands.slice(0, COUNTED_COMMANDS).entries()) {
      const agreed = yield* config.wait(first.index + 1 + at, SERVERS, first.term);
      if (agreed === undefined) return undefined;
      check(agreed === command, `${agreed} was committed in place of ${command}`);
    }
    if ((yield* config.terms()).some((term) => term !== first.term)) return undefined;
    const measured = config.requestsReceived() - before;
    return [{ name: 'RPCs for 12 commands', measured, atMost: (COUNTED_COMMANDS + 1 + 3) * SERVERS }];
  });
  const beforeIdle = config.requestsReceived();
  yield* config.sleep(IDLE_MS);
  return [
    { name: 'RPCs for election', measured: forElection, atLeast: 1, atMost: 30 },
    ...figures,
    {
      name: 'RPCs in an idle second',
      measured: config.requestsReceived() - beforeIdle,
      atMost: IDLE_RPCS_MAX,
    },
  ];
});

export const TRAFFIC_TESTS = [rpcBytes, count];
