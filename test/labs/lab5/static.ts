/** Part 5A: shards that stay where they are. */

import type { LabClerk } from '../clerk.ts';
import { check, type LabTest } from '../lab-test.ts';
import { type Process, spawn } from '../process.ts';
import { Contents } from './contents.ts';
import type { ShardedKv } from './sharded-kv.ts';
import { shardedTest } from './sharded-test.ts';

const KEYS = 10;
/** The window in which gets may finish closes when for so long none has. */
const QUIET_MS = 2000;

const staticShards = shardedTest(
  { lab: '5A', name: 'TestStaticShards5A', isReliable: true, maxRaftState: -1 },
  function* (kv) {
    const contents = new Contents(kv);
    const clerk = kv.makeClerk();
    yield* kv.join(0);
    yield* kv.join(1);
    yield* contents.putAll(clerk, KEYS, 20);
    yield* contents.check(clerk);
    // Here a shard is served by its old owner while it moves: the five must have moved before their group goes down.
    yield* kv.settle([0, 1]);
    yield* kv.crash(1);
    const finished = yield* getsThatFinish(kv, contents, () => kv.makeClerk());
    check((yield* kv.group(0).compactions()) === 0, 'a log was compacted');
    yield* kv.start(1);
    yield* contents.check(clerk);
    return [{ name: 'gets with a group down', measured: finished, atLeast: 5, atMost: 5 }];
  },
);

const rejection = shardedTest(
  { lab: '5A', name: 'TestRejection5A', isReliable: true, maxRaftState: -1 },
  function* (kv) {
    const contents = new Contents(kv);
    const clerk = kv.makeClerk();
    yield* kv.join(0);
    yield* kv.join(1);
    yield* contents.putAll(clerk, KEYS, 20);
    yield* contents.check(clerk);
    yield* kv.settle([0, 1]);
    const other = yield* kv.startController('other-controller');
    yield* kv.controllerClerk(other).join(new Map([[kv.idOf(0), kv.infoOf(0)]]));
    const finished = yield* getsThatFinish(kv, contents, () => kv.makeClerk(other, [0]));
    return [{ name: 'gets through a wrong controller', measured: finished, atLeast: 5, atMost: 5 }];
  },
);

/** One clerk for each key. Those that finish must have the right value. */
function* getsThatFinish(kv: ShardedKv, contents: Contents, make: () => LabClerk): Process<number> {
  let finished = 0;
  for (const key of contents.keys) {
    spawn(
      (function* (): Process {
        yield* contents.check(make(), [key]);
        finished += 1;
      })(),
    );
  }
  for (let before = -1; finished > before; ) {
    before = finished;
    yield* kv.sleep(QUIET_MS);
  }
  return finished;
}

export const STATIC_TESTS: readonly LabTest[] = [staticShards, rejection];
