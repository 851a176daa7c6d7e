/** What the course does not test. */

import { asShardId } from '../../../src/shard/index.ts';
import { check, type LabTest } from '../lab-test.ts';
import { joinAll, type Process, spawn } from '../process.ts';
import { Contents } from './contents.ts';
import type { ShardedKv } from './sharded-kv.ts';
import { shardedTest } from './sharded-test.ts';

const KEYS = 10;

/** Each group waits for shards of the other: neither may wait for the other to finish first. */
const swap = shardedTest(
  { lab: '5B', name: 'SwapOfAllShardsUnderLoad', isReliable: false, maxRaftState: 1000 },
  function* (kv) {
    const contents = new Contents(kv);
    const clerk = kv.makeClerk();
    yield* kv.join(0, 1);
    yield* contents.putAll(clerk, KEYS, 20);
    yield* kv.settle([0, 1]);
    const before = yield* kv.clerk.latest();
    const appenders = contents.startAppenders({ length: 5, pauseMs: 5 });
    const swappedMs = kv.world.scheduler.nowMs;
    for (const [shard, owner] of before.shards.entries()) {
      yield* kv.move(asShardId(shard), owner === kv.idOf(0) ? 1 : 0);
    }
    yield* kv.settle([0, 1]);
    const tookMs = kv.world.scheduler.nowMs - swappedMs;
    yield* appenders.stop();
    const after = yield* kv.clerk.latest();
    check(
      after.shards.every((owner, shard) => owner !== before.shards[shard]),
      'a shard has stayed',
    );
    yield* kv.checkNothingLeft();
    yield* contents.check(clerk);
    return [
      { name: 'seconds until all was swapped', measured: tookMs / 1000, atMost: 20 },
      { name: 'appends', measured: appenders.appends, atLeast: KEYS },
    ];
  },
);

/** The store serves, and finishes what it has begun; only changes wait. */
const withoutController = shardedTest(
  { lab: '5B', name: 'StoreServesWithoutController', isReliable: true, maxRaftState: 1000 },
  function* (kv) {
    const contents = new Contents(kv);
    const clerk = kv.makeClerk();
    const { group: controllers } = kv.controller;
    yield* kv.join(0);
    yield* contents.putAll(clerk, KEYS, 20);
    yield* kv.join(1);
    yield* kv.settle([0, 1]);
    // Who has not seen a configuration with a group in it does not know where to find that group.
    yield* contents.check(clerk);
    for (const server of controllers.servers.slice(1)) yield* controllers.crash(server);
    const change = spawn(kv.join(2));
    for (let round = 0; round < 5; round += 1) {
      yield* contents.checkAndAppend(clerk, 5);
      const crashed = yield* kv.crashLeader(round % 2);
      yield* kv.sleep(500);
      for (const { group, server } of crashed) yield* kv.group(group).start(server);
    }
    check(change.state.type === 'running', 'a minority of the controller has made a configuration');
    yield* controllers.startAll();
    yield* joinAll([change]);
    yield* kv.settle();
    const { shards } = yield* kv.clerk.latest();
    check(shards.includes(kv.idOf(2)), 'the change that waited is lost');
    yield* contents.check(clerk);
    return [];
  },
);

const LEADER_CHANGES = 12;

/** Whoever leads next goes on where the last leader was, wherever in the move that is. */
const leaderChanges = shardedTest(
  { lab: '5B', name: 'ConfigurationChangeDuringLeaderChange', isReliable: true, maxRaftState: 300 },
  function* (kv) {
    const { random } = kv.world;
    const contents = new Contents(kv);
    const clerk = kv.makeClerk();
    yield* kv.join(0, 1);
    yield* contents.putAll(clerk, 3 * KEYS, 200);
    const appenders = contents.startAppenders({ length: 5, pauseMs: 50 });
    for (let round = 0; round < LEADER_CHANGES; round += 1) {
      const change = spawn(round % 2 === 0 ? kv.join(2) : kv.leave(2));
      yield* kv.sleep(random.below(250));
      const crashed = [];
      for (const group of kv.groups) crashed.push(...(yield* kv.crashLeader(group)));
      yield* kv.sleep(random.below(700));
      for (const { group, server } of crashed) yield* kv.group(group).start(server);
      yield* joinAll([change]);
    }
    yield* kv.settle();
    yield* appenders.stop();
    yield* kv.checkNothingLeft();
    yield* contents.check(clerk);
    return [{ name: 'appends', measured: appenders.appends, atLeast: KEYS }];
  },
);

const SHARDS = 64;
const GROUPS = 5;
const CHANGES = 60;
const CHANGE_INTERVAL_MS = 1000;
const CLIENTS = 8;
const LOAD_KEYS = 100;

/** Joins, leaves and moves come faster than data can follow, and whole groups are down now and then. */
const storm = shardedTest(
  {
    lab: '5B',
    name: 'ChangeEverySecondOf64ShardsOn5Groups',
    isReliable: false,
    maxRaftState: 20_000,
    groups: GROUPS,
    shardCount: SHARDS,
    shardOf: (key) => asShardId(Number(key) % SHARDS),
    secondsMax: 200,
  },
  function* (kv) {
    const clock = { isOver: false };
    yield* kv.join(...kv.groups);
    const clients = Array.from({ length: CLIENTS }, (_, client) => spawn(load(kv, client, clock)));
    for (let change = 0; change < CHANGES; change += 1) {
      yield* kv.sleep(CHANGE_INTERVAL_MS);
      yield* changeSomething(kv);
    }
    yield* kv.start(...kv.groups);
    const stoppedMs = kv.world.scheduler.nowMs;
    yield* kv.settle();
    const settledMs = kv.world.scheduler.nowMs - stoppedMs;
    clock.isOver = true;
    yield* joinAll(clients);
    yield* kv.checkNothingLeft();
    const { number } = yield* kv.clerk.latest();
    return [
      { name: 'configurations', measured: number, atLeast: CHANGES / 2 },
      { name: 'seconds until all was where it belongs', measured: settledMs / 1000, atMost: 100 },
    ];
  },
);

function* changeSomething(kv: ShardedKv): Process {
  const { random } = kv.world;
  const { groups } = yield* kv.clerk.latest();
  const inside = kv.groups.filter((group) => groups.has(kv.idOf(group)));
  const outside = kv.groups.filter((group) => !groups.has(kv.idOf(group)));
  const kind = random.below(10);
  if (kind < 3 && inside.length > 1) yield* kv.leave(random.pick(inside));
  else if (kind < 6 && outside.length > 0) yield* kv.join(random.pick(outside));
  else yield* kv.move(asShardId(random.below(SHARDS)), random.pick(inside));
  if (!random.chance(1, 8)) return;
  const down = random.pick(kv.groups);
  yield* kv.crash(down);
  spawn(startLater(kv, down, random.between(100, 4000)));
}

function* startLater(kv: ShardedKv, group: number, delayMs: number): Process {
  yield* kv.sleep(delayMs);
  yield* kv.start(group);
}

function* load(kv: ShardedKv, client: number, clock: { readonly isOver: boolean }): Process {
  const clerk = kv.makeClerk();
  const random = kv.world.random.fork();
  for (let count = 0; !clock.isOver; count += 1) {
    const key = String(random.below(LOAD_KEYS));
    if (random.chance(1, 2)) yield* clerk.append(key, `${client}.${count};`);
    else yield* clerk.get(key);
    yield* kv.sleep(random.below(40));
  }
}

export const BEYOND_TESTS: readonly LabTest[] = [swap, withoutController, leaderChanges, storm];
