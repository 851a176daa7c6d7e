/** Part 4A: many clients on one key, and what a minority may do. */

import type { GroupKv } from '../kv-config.ts';
import { checkAppends, token } from '../kv-workload.ts';
import { check, type LabTest } from '../lab-test.ts';
import { join, joinAll, type Process, sleep, spawn } from '../process.ts';
import { kvTest } from './kv-test.ts';

const CLIENTS = 5;
const APPENDS = 10;

const oneKey = kvTest(
  { lab: '4A', name: 'TestUnreliableOneKey4A', servers: 3, isReliable: false, maxRaftState: -1 },
  function* ({ clerks }) {
    const observer = clerks.make();
    yield* observer.put('k', '');
    const threads = Array.from({ length: CLIENTS }, (_, client) => spawn(appendAll(clerks.make(), client)));
    yield* joinAll(threads);
    checkAppends(yield* observer.get('k'), CLIENTS, APPENDS);
    return [];
  },
);

function* appendAll(clerk: ReturnType<GroupKv['clerks']['make']>, client: number): Process {
  for (let count = 0; count < APPENDS; count += 1) {
    const previous = yield* clerk.append('k', token(client, count));
    check(!previous.includes(token(client, count)), `append ${count} of client ${client} found itself`);
  }
}

const ELECTION_TIMEOUT_MS = 1000;
const CATCH_UP_MS_MAX = 3000;
const LEADER_SEARCH_MS = 50;

/** The course does not wait for the get of the minority to end; here it must, and give the value of the majority. */
const onePartition = kvTest(
  { lab: '4A', name: 'TestOnePartition4A', servers: 5, isReliable: true, maxRaftState: -1 },
  function* (kv) {
    const { group, clerks, world } = kv;
    const { scheduler } = world;
    const anyone = clerks.make();
    yield* anyone.put('1', '13');

    const { minority, majority } = yield* halves(kv);
    group.partition(minority, majority);
    const ofMajority = clerks.make(majority);
    const puts = clerks.make(minority);
    const gets = clerks.make(minority);
    yield* ofMajority.put('1', '14');
    yield* expectValue(ofMajority, '14');

    const put = spawn(puts.put('1', '15'));
    const get = spawn(gets.get('1'));
    yield* sleep(scheduler, ELECTION_TIMEOUT_MS);
    check(put.state.type === 'running', 'a minority has put');
    check(get.state.type === 'running', 'a minority has answered a get');
    yield* expectValue(ofMajority, '14');
    yield* ofMajority.put('1', '16');
    yield* expectValue(ofMajority, '16');
    check(put.state.type === 'running' && get.state.type === 'running', 'a minority has made progress');

    group.heal();
    for (const clerk of [ofMajority, puts, gets]) clerk.connect(group.servers);
    const healedMs = scheduler.nowMs;
    const value = yield* join(get);
    const gotMs = scheduler.nowMs - healedMs;
    yield* join(put);
    const putMs = scheduler.nowMs - healedMs;
    check(value === '15' || value === '16', `the get of the minority answered ${value}`);
    yield* expectValue(anyone, '15');
    return [
      { name: 'ms until the get was done', measured: gotMs, atMost: ELECTION_TIMEOUT_MS + CATCH_UP_MS_MAX },
      { name: 'ms until the put was done', measured: putMs, atMost: ELECTION_TIMEOUT_MS + CATCH_UP_MS_MAX },
    ];
  },
);

/** Two with the leader, and the other three. */
function* halves({ group, world }: GroupKv): Process<Record<'minority' | 'majority', readonly number[]>> {
  let leader = yield* group.leader();
  for (; leader === undefined; leader = yield* group.leader()) {
    yield* sleep(world.scheduler, LEADER_SEARCH_MS);
  }
  const others = group.servers.filter((server) => server !== leader);
  const minority = [leader, ...others.slice(0, 1)];
  return { minority, majority: others.slice(1) };
}

function* expectValue(clerk: ReturnType<GroupKv['clerks']['make']>, expected: string): Process {
  const value = yield* clerk.get('1');
  check(value === expected, `expected ${expected}, got ${value}`);
}

export const ONE_PARTITION_TESTS: readonly LabTest[] = [oneKey, onePartition];
