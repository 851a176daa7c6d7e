/** The course's generic test of the single server, and many clients on one key. */

import type { LabClerk } from '../clerk.ts';
import { checkAppends, hire, token, workRound } from '../kv-workload.ts';
import { check, type LabTest } from '../lab-test.ts';
import { joinAll, type Process, sleep, spawn } from '../process.ts';
import { soloTest } from './solo-test.ts';

const ROUNDS = 3;
const ROUND_MS = 1000;

function roundsTest(name: string, clients: number, isReliable: boolean): LabTest {
  return soloTest({ name, isReliable }, function* ({ clerks, world }) {
    const workers = hire(clerks, clients, 'own');
    let fewest = Number.POSITIVE_INFINITY;
    for (let round = 0; round < ROUNDS; round += 1) {
      fewest = Math.min(fewest, yield* workRound(workers, sleep(world.scheduler, ROUND_MS)));
    }
    return [{ name: 'operations in a round', measured: fewest, atLeast: 2 * clients }];
  });
}

const CLIENTS = 5;
const APPENDS = 10;

const oneKey = soloTest({ name: 'TestUnreliableOneKey2', isReliable: false }, function* ({ clerks }) {
  const observer = clerks.make();
  yield* observer.put('k', '');
  const threads = Array.from({ length: CLIENTS }, (_, client) => spawn(appendAll(clerks.make(), client)));
  yield* joinAll(threads);
  checkAppends(yield* observer.get('k'), CLIENTS, APPENDS);
  return [];
});

function* appendAll(clerk: LabClerk, client: number): Process {
  for (let count = 0; count < APPENDS; count += 1) {
    const previous = yield* clerk.append('k', token(client, count));
    check(!previous.includes(token(client, count)), `append ${count} of client ${client} found itself`);
  }
}

export const ROUNDS_TESTS: readonly LabTest[] = [
  roundsTest('TestBasic2', 1, true),
  roundsTest('TestConcurrent2', 5, true),
  roundsTest('TestUnreliable2', 5, false),
  oneKey,
];
