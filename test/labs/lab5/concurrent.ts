/** Part 5B: joins and leaves while clients append, with crashes of whole groups, and on a network that loses messages. */

import type { LabTest } from '../lab-test.ts';
import { joinAll, type Process, spawn } from '../process.ts';
import { Contents } from './contents.ts';
import type { ShardedKv } from './sharded-kv.ts';
import { shardedTest } from './sharded-test.ts';

const KEYS = 10;

const concurrent1 = shardedTest(
  { lab: '5B', name: 'TestConcurrent1_5B', isReliable: true, maxRaftState: 100 },
  function* (kv) {
    const contents = new Contents(kv);
    const clerk = kv.makeClerk();
    yield* kv.join(0);
    yield* contents.putAll(clerk, KEYS, 5);
    const appenders = contents.startAppenders({ length: 5, pauseMs: 10 });
    yield* kv.sleep(150);
    yield* kv.join(1);
    yield* kv.sleep(500);
    yield* kv.join(2);
    yield* kv.sleep(500);
    yield* kv.leave(0);
    yield* kv.crash(0);
    yield* kv.sleep(100);
    yield* kv.crash(1);
    yield* kv.sleep(100);
    yield* kv.crash(2);
    yield* kv.leave(2);
    yield* kv.sleep(100);
    yield* kv.start(...kv.groups);
    yield* kv.sleep(100);
    yield* kv.join(0);
    yield* kv.leave(1);
    yield* kv.sleep(500);
    yield* kv.join(1);
    yield* kv.sleep(1000);
    yield* appenders.stop();
    yield* contents.check(clerk);
    return [{ name: 'appends', measured: appenders.appends, atLeast: KEYS }];
  },
);

const concurrent2 = shardedTest(
  { lab: '5B', name: 'TestConcurrent2_5B', isReliable: true, maxRaftState: -1 },
  function* (kv) {
    const contents = new Contents(kv);
    const clerk = kv.makeClerk();
    yield* kv.join(1);
    yield* kv.join(0);
    yield* kv.join(2);
    yield* contents.putAll(clerk, KEYS, 1);
    const appenders = contents.startAppenders({ length: 1, pauseMs: 50 });
    yield* kv.leave(0);
    yield* kv.leave(2);
    yield* kv.sleep(3000);
    yield* kv.join(0);
    yield* kv.join(2);
    yield* kv.leave(1);
    yield* kv.sleep(3000);
    yield* kv.join(1);
    yield* kv.leave(0);
    yield* kv.leave(2);
    yield* kv.sleep(3000);
    yield* kv.crash(1, 2);
    yield* kv.sleep(1000);
    yield* kv.start(1, 2);
    yield* kv.sleep(2000);
    yield* appenders.stop();
    yield* contents.check(clerk);
    return [{ name: 'appends', measured: appenders.appends, atLeast: KEYS }];
  },
);

const CHURN_MS = 12_000;
const CHURN_PAUSE_MS_BOUND = 900;

const concurrent3 = shardedTest(
  { lab: '5B', name: 'TestConcurrent3_5B', isReliable: true, maxRaftState: 300 },
  function* (kv) {
    const { random, scheduler } = kv.world;
    const contents = new Contents(kv);
    const clerk = kv.makeClerk();
    yield* kv.join(0);
    yield* contents.putAll(clerk, KEYS, 1);
    const appenders = contents.startAppenders({ length: 1, pauseMs: 0 });
    const untilMs = scheduler.nowMs + CHURN_MS;
    while (scheduler.nowMs < untilMs) {
      yield* kv.join(2);
      yield* kv.join(1);
      yield* kv.sleep(random.below(CHURN_PAUSE_MS_BOUND));
      yield* kv.crash(...kv.groups);
      yield* kv.start(...kv.groups);
      yield* kv.sleep(random.below(CHURN_PAUSE_MS_BOUND));
      yield* kv.leave(1);
      yield* kv.leave(2);
      yield* kv.sleep(random.below(CHURN_PAUSE_MS_BOUND));
    }
    yield* kv.sleep(2000);
    yield* appenders.stop();
    yield* contents.check(clerk);
    return [{ name: 'appends', measured: appenders.appends, atLeast: KEYS }];
  },
);

const unreliable = { isReliable: false, maxRaftState: 100 } as const;
const ROUNDS = 2;

const unreliable1 = shardedTest({ lab: '5B', name: 'TestUnreliable1_5B', ...unreliable }, function* (kv) {
  const contents = new Contents(kv);
  const clerk = kv.makeClerk();
  yield* kv.join(0);
  yield* contents.putAll(clerk, KEYS, 5);
  yield* kv.join(1);
  yield* kv.join(2);
  yield* kv.leave(0);
  for (let round = 0; round < ROUNDS; round += 1) yield* contents.checkAndAppend(clerk, 5);
  yield* kv.join(0);
  yield* kv.leave(1);
  for (let round = 0; round < ROUNDS; round += 1) yield* contents.check(clerk);
  return [];
});

const unreliable2 = shardedTest({ lab: '5B', name: 'TestUnreliable2_5B', ...unreliable }, function* (kv) {
  const contents = new Contents(kv);
  const clerk = kv.makeClerk();
  yield* kv.join(0);
  yield* contents.putAll(clerk, KEYS, 5);
  const appenders = contents.startAppenders({ length: 5, pauseMs: 0 });
  yield* reshuffle(kv);
  yield* kv.sleep(2000);
  kv.world.network.isReliable = true;
  yield* appenders.stop();
  yield* contents.check(clerk);
  return [{ name: 'appends', measured: appenders.appends, atLeast: KEYS }];
});

const unreliable3 = shardedTest({ lab: '5B', name: 'TestUnreliable3_5B', ...unreliable }, function* (kv) {
  const contents = new Contents(kv);
  yield* kv.join(0);
  yield* contents.putAll(kv.makeClerk(), KEYS, 5);
  const clock = { isOver: false };
  const clients = contents.keys.map((_, client) => spawn(workOnRandomKeys(kv, client, clock)));
  yield* reshuffle(kv);
  yield* kv.sleep(2000);
  kv.world.network.isReliable = true;
  clock.isOver = true;
  yield* joinAll(clients);
  return [];
});

function* reshuffle(kv: ShardedKv): Process {
  yield* kv.sleep(150);
  yield* kv.join(1);
  yield* kv.sleep(500);
  yield* kv.join(2);
  yield* kv.sleep(500);
  yield* kv.leave(0);
  yield* kv.sleep(500);
  yield* kv.leave(1);
  yield* kv.sleep(500);
  yield* kv.join(1);
  yield* kv.join(0);
}

/** Half appends, 45 % gets, 5 % puts. Only the history can tell whether the answers were right. */
export function* workOnRandomKeys(
  kv: ShardedKv,
  client: number,
  clock: { readonly isOver: boolean },
): Process {
  const clerk = kv.makeClerk();
  const random = kv.world.random.fork();
  for (let count = 0; !clock.isOver; count += 1) {
    const key = String(random.below(KEYS));
    const kind = random.below(100);
    const value = `${client}.${count};`;
    if (kind < 50) yield* clerk.append(key, value);
    else if (kind < 55) yield* clerk.put(key, value);
    else yield* clerk.get(key);
  }
}

export const CONCURRENT_TESTS: readonly LabTest[] = [
  concurrent1,
  concurrent2,
  concurrent3,
  unreliable1,
  unreliable2,
  unreliable3,
];
