/** The challenges, which are the normal behaviour here; so they have a limit of time, which the course does not give them. */

import type { LabClerk } from '../clerk.ts';
import { check, type LabTest } from '../lab-test.ts';
import type { Process } from '../process.ts';
import { Contents } from './contents.ts';
import type { ShardedKv } from './sharded-kv.ts';
import { shardedTest } from './sharded-test.ts';

const SECONDS_MAX = 30;
const KEYS = 10;
const DELETE_KEYS = 30;
const VALUE_BYTES = 1000;
const READ_KEYS = 3;
/** Each key once on the servers of one group, those that are read also in duplicate tables, and something to spare. */
const KEPT_BYTES_MAX = 3 * ((DELETE_KEYS - READ_KEYS) * VALUE_BYTES + 2 * READ_KEYS * VALUE_BYTES + 6000);

const deletion = shardedTest(
  { lab: '5B', name: 'TestChallenge1Delete', isReliable: true, maxRaftState: 1, secondsMax: SECONDS_MAX },
  function* (kv) {
    const contents = new Contents(kv);
    const clerk = kv.makeClerk();
    yield* kv.join(0);
    yield* contents.putAll(clerk, DELETE_KEYS, VALUE_BYTES);
    const few = contents.keys.slice(0, READ_KEYS);
    yield* contents.check(clerk, few);
    for (let round = 0; round < 2; round += 1) {
      yield* kv.join(1);
      yield* kv.leave(0);
      yield* kv.join(2);
      yield* kv.sleep(3000);
      yield* contents.check(clerk, few);
      yield* kv.leave(1);
      yield* kv.join(0);
      yield* kv.leave(2);
      yield* kv.sleep(3000);
      yield* contents.check(clerk, few);
    }
    yield* kv.join(1);
    yield* kv.join(2);
    for (let round = 0; round < 3; round += 1) {
      yield* kv.sleep(1000);
      yield* contents.check(clerk, few);
    }
    let kept = 0;
    for (const group of kv.groups) kept += yield* kv.group(group).totalSize();
    yield* contents.check(clerk);
    return [{ name: 'bytes kept', measured: kept, atMost: KEPT_BYTES_MAX }];
  },
);

const unaffected = shardedTest(
  {
    lab: '5B',
    name: 'TestChallenge2Unaffected',
    isReliable: false,
    maxRaftState: 100,
    secondsMax: SECONDS_MAX,
  },
  function* (kv) {
    const contents = new Contents(kv);
    const clerk = kv.makeClerk();
    yield* kv.join(0);
    yield* contents.putAll(clerk, KEYS, 10);
    yield* kv.join(1);
    yield* kv.sleep(1000);
    const own = yield* keysOf(kv, contents, 1);
    for (const key of own) yield* contents.put(clerk, key, contents.random(10));
    yield* kv.crash(0);
    yield* kv.leave(0);
    yield* kv.sleep(1000);
    yield* useAll(contents, clerk, own);
    return [{ name: 'keys served', measured: own.length, atLeast: 5, atMost: 5 }];
  },
);

const partial = shardedTest(
  { lab: '5B', name: 'TestChallenge2Partial', isReliable: false, maxRaftState: 100, secondsMax: SECONDS_MAX },
  function* (kv) {
    const contents = new Contents(kv);
    const clerk = kv.makeClerk();
    yield* kv.join(...kv.groups);
    yield* kv.sleep(1000);
    yield* contents.putAll(clerk, KEYS, 10);
    const moved = yield* keysOf(kv, contents, 2);
    yield* kv.crash(0);
    yield* kv.leave(0, 2);
    yield* kv.sleep(1000);
    yield* useAll(contents, clerk, moved);
    return [{ name: 'keys served', measured: moved.length, atLeast: 3, atMost: 4 }];
  },
);

function* keysOf(kv: ShardedKv, contents: Contents, group: number): Process<readonly string[]> {
  const { shards } = yield* kv.clerk.latest();
  return contents.keys.filter((key) => shards[kv.shardOf(key)] === kv.idOf(group));
}

function* useAll(contents: Contents, clerk: LabClerk, keys: readonly string[]): Process {
  check(keys.length > 0, 'there is nothing to use');
  for (const key of keys) {
    yield* contents.check(clerk, [key]);
    yield* contents.put(clerk, key, contents.random(10));
    yield* contents.check(clerk, [key]);
  }
}

export const CHALLENGE_TESTS: readonly LabTest[] = [deletion, unaffected, partial];
