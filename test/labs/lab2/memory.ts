/**
 * What the server keeps. The course reads the heap of a process that the tester lives in too; here the rows of the table
 * are counted, bytes of keys and values, and they are all there is: the state machine has no memory besides. Deployed,
 * they are on a disk and not on a heap.
 *
 * A row holds at most 2 MiB on the platform, so the large values are a twentieth of the course's 10 MiB, and so are
 * their bounds.
 */

import type { SoloKv } from '../kv-config.ts';
import { check, type LabTest } from '../lab-test.ts';
import { joinAll, type Process, spawn } from '../process.ts';
import { soloTest } from './solo-test.ts';

const LARGE_BYTES = (10 * 1024 * 1024) / 20;
/** Versions, keys and the rows of sessions, beside one large value. */
const SLACK_BYTES = 1000;
const AT_A_TIME = 20;
function memoryTest(name: string, isReliable: boolean, body: Parameters<typeof soloTest>[1]): LabTest {
  return soloTest({ name, isReliable, isRecording: false, runsAlone: true }, body);
}

const afterGets = memoryTest('TestMemGet2', false, function* (kv) {
  const [first, second] = [kv.clerks.make(), kv.clerks.make()];
  const value = 'g'.repeat(LARGE_BYTES);
  yield* first.put('k', value);
  check((yield* first.get('k')) === value, 'the first clerk got another value');
  check((yield* second.get('k')) === value, 'the second clerk got another value');
  yield* first.put('k', '0');
  return [{ name: 'bytes kept', measured: yield* kv.keptBytes(), atMost: SLACK_BYTES }];
});

const afterPuts = memoryTest('TestMemPut2', true, function* (kv) {
  const [first, second] = [kv.clerks.make(), kv.clerks.make()];
  yield* first.put('k', 'p'.repeat(LARGE_BYTES));
  yield* second.put('k', '');
  return [{ name: 'bytes kept', measured: yield* kv.keptBytes(), atMost: SLACK_BYTES }];
});

/** Both parts of the value, and the reply to the second append. */
const afterAppends = memoryTest('TestMemAppend2', true, function* (kv) {
  const [first, second] = [kv.clerks.make(), kv.clerks.make()];
  check((yield* first.append('k', 'a'.repeat(LARGE_BYTES))) === '', 'the first append found a value');
  const previous = yield* second.append('k', 'b'.repeat(LARGE_BYTES));
  check(previous === 'a'.repeat(LARGE_BYTES), 'the second append found another value');
  return [{ name: 'bytes kept', measured: yield* kv.keptBytes(), atMost: 3 * LARGE_BYTES + SLACK_BYTES }];
});

const putsOfMany = memoryTest('TestMemPutManyClients', true, function* (kv) {
  const value = 'v'.repeat(1000);
  yield* manyClerks(kv, () => kv.clerks.make().put('k', value));
  const measured = ((yield* kv.keptBytes()) - value.length) / kv.manyClients;
  return [
    { name: 'clients', measured: kv.manyClients },
    { name: 'bytes per client', measured, atMost: 200 },
  ];
});

const getsOfMany = memoryTest('TestMemGetManyClients', true, function* (kv) {
  yield* kv.clerks.make().put('k', 'v');
  const before = yield* kv.keptBytes();
  yield* manyClerks(kv, () => kv.clerks.make().get('k'));
  // The course allows a tenth of a pointer; a get leaves nothing at all.
  return [
    { name: 'clients', measured: kv.manyClients },
    { name: 'bytes per client', measured: ((yield* kv.keptBytes()) - before) / kv.manyClients, atMost: 0 },
  ];
});

/** One call of each. Some at a time, so that in real time not each has to wait for the one before. */
function* manyClerks(kv: SoloKv, call: () => Process<unknown>): Process {
  let left = kv.manyClients;
  function* callOneByOne(): Process {
    while (left > 0) {
      left -= 1;
      yield* call();
    }
  }
  yield* joinAll(Array.from({ length: AT_A_TIME }, () => spawn(callOneByOne())));
}

const manyAppends = memoryTest('TestMemManyAppends', true, function* (kv) {
  const clerk = kv.clerks.make();
  for (let count = 0; count < 1000; count += 1) {
    const previous = yield* clerk.append('k', 'm'.repeat(1000));
    check(previous.length === 1000 * count, `append ${count} found ${previous.length} bytes`);
  }
  return [{ name: 'bytes kept', measured: yield* kv.keptBytes(), atMost: 3_000_000 }];
});

export const MEMORY_TESTS: readonly LabTest[] = [
  afterGets,
  afterPuts,
  afterAppends,
  putsOfMany,
  getsOfMany,
  manyAppends,
];
