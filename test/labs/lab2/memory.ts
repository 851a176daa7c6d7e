/**
 * What the server keeps. The course reads the heap of a process that the tester lives in too; here the rows of the table
 * are counted, bytes of keys and values, and they are all there is: the state machine has no memory besides. Deployed,
 * they are on a disk and not on a heap.
 *
 * A row holds at most 2 MiB on the platform, so the large values are a twentieth of the course's 10 MiB, and so are
 * their bounds.
 */

import type { LabClerk } from '../clerk.ts';
import { check, type LabTest } from '../lab-test.ts';
import { joinAll, type Process, spawn } from '../process.ts';
import { soloTest } from './solo-test.ts';

const LARGE_BYTES = (10 * 1024 * 1024) / 20;
/** Versions, keys and the rows of sessions, beside one large value. */
const SLACK_BYTES = 1000;
const MANY_CLIENTS = 100_000;
function memoryTest(name: string, isReliable: boolean, body: Parameters<typeof soloTest>[1]): LabTest {
  return soloTest({ name, isReliable, isRecording: false }, body);
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
  const clerks = Array.from({ length: MANY_CLIENTS }, () => kv.clerks.make());
  const value = 'v'.repeat(1000);
  yield* several(clerks, (clerk) => clerk.put('k', value));
  const measured = ((yield* kv.keptBytes()) - value.length) / MANY_CLIENTS;
  return [{ name: 'bytes per client', measured, atMost: 200 }];
});

const getsOfMany = memoryTest('TestMemGetManyClients', true, function* (kv) {
  yield* kv.clerks.make().put('k', 'v');
  const clerks = Array.from({ length: MANY_CLIENTS }, () => kv.clerks.make());
  const before = yield* kv.keptBytes();
  yield* several(clerks, (clerk) => clerk.get('k'));
  // The course allows a tenth of a pointer; a get leaves nothing at all.
  return [
    { name: 'bytes per client', measured: ((yield* kv.keptBytes()) - before) / MANY_CLIENTS, atMost: 0 },
  ];
});

/** Ten clerks at a time, so that a network in real time does not wait for one message after the other. */
function* several(clerks: readonly LabClerk[], call: (clerk: LabClerk) => Process<unknown>): Process {
  const waiting = clerks.values();
  function* callNext(): Process {
    for (const clerk of waiting) yield* call(clerk);
  }
  yield* joinAll(Array.from({ length: 10 }, () => spawn(callNext())));
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
