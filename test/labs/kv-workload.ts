/**
 * The course's generic workload of labs 2 and 4: clients that append and get, each on a key of its own or all on random
 * keys. A client that has its key to itself knows what every answer must be.
 */

import type { Random } from '../sim/random.ts';
import type { LabClerk, LabClerks } from './clerk.ts';
import { check } from './lab-test.ts';
import { joinAll, type Process, sleep, spawn } from './process.ts';

export type Keys = 'own' | 'random';

export interface Workers {
  readonly clerks: LabClerks;
  /** Reads what a round has led to. */
  readonly observer: LabClerk;
  readonly clients: readonly LabClerk[];
  readonly keys: Keys;
}

/** One client in one round. */
interface Work {
  readonly clerk: LabClerk;
  readonly client: number;
  readonly clients: number;
  readonly random: Random;
  /** Between two operations. */
  readonly rest: () => Process;
  readonly clock: { isOver: boolean };
}

/**
 * Exclusive. The course's clients do not rest, but take time; in virtual time, where all but the network takes none,
 * they would make so many operations that the tests took minutes.
 */
const REST_MS_BOUND = 10;

export function hire(clerks: LabClerks, clients: number, keys: Keys): Workers {
  return {
    clerks,
    observer: clerks.make(),
    clients: Array.from({ length: clients }, () => clerks.make()),
    keys,
  };
}

/**
 * The clients work while `during` lasts; `beforeJoining` comes while their last calls are still under way. Then all that
 * they have appended must be there once and in order. Returns how many operations were completed.
 */
export function* workRound(workers: Workers, during: Process, beforeJoining?: Process): Process<number> {
  const { clerks, observer, clients, keys } = workers;
  const clock = { isOver: false };
  const before = clerks.completed;
  const threads = clients.map((clerk, client) => {
    const random = clerks.world.random.fork();
    const rest = () => sleep(clerks.world.scheduler, random.below(REST_MS_BOUND));
    const work = { clerk, client, clients: clients.length, random, rest, clock };
    return spawn<string | undefined>(keys === 'own' ? workOnOwnKey(work) : workOnRandomKeys(work));
  });
  yield* during;
  clock.isOver = true;
  if (beforeJoining !== undefined) yield* beforeJoining;
  const expected = yield* joinAll(threads);
  for (const [client, value] of expected.entries()) {
    const found = yield* observer.get(keyOf(client));
    check(value === undefined || found === value, `client ${client}: the round ended with another value`);
  }
  return clerks.completed - before;
}

function keyOf(client: number): string {
  return String(client);
}

/** Half appends, half gets, until the round is over. Returns what the client's key must hold. */
function* workOnOwnKey({ clerk, client, random, rest, clock }: Work): Process<string> {
  const key = keyOf(client);
  let expected = '';
  let appends = 0;
  yield* clerk.put(key, expected);
  while (!clock.isOver) {
    if (random.chance(1, 2)) {
      const previous = yield* clerk.append(key, token(client, appends));
      check(
        previous === expected,
        `client ${client}: an append found ${short(previous)}, not ${short(expected)}`,
      );
      expected += token(client, appends);
      appends += 1;
    } else {
      const value = yield* clerk.get(key);
      check(value === expected, `client ${client}: a get found ${short(value)}, not ${short(expected)}`);
    }
    yield* rest();
  }
  return expected;
}

/** 50 % appends, 5 % puts, 45 % gets. Only the history can tell whether the answers were right. */
function* workOnRandomKeys({ clerk, client, clients, random, rest, clock }: Work): Process<undefined> {
  for (let count = 0; !clock.isOver; count += 1) {
    const key = keyOf(random.below(clients));
    const kind = random.below(100);
    if (kind < 50) yield* clerk.append(key, token(client, count));
    else if (kind < 55) yield* clerk.put(key, token(client, count));
    else yield* clerk.get(key);
    yield* rest();
  }
  return undefined;
}

/** What a client appends in its n-th append: no two are alike, and none is part of another. */
export function token(client: number, count: number): string {
  return `x ${client} ${count} y`;
}

/** All tokens of all clients are in `value` once, those of a client in order. */
export function checkAppends(value: string, clients: number, appendsOfEach: number): void {
  for (let client = 0; client < clients; client += 1) {
    let after = -1;
    for (let count = 0; count < appendsOfEach; count += 1) {
      const at = value.indexOf(token(client, count));
      check(at >= 0, `append ${count} of client ${client} is missing`);
      check(value.lastIndexOf(token(client, count)) === at, `append ${count} of client ${client} came twice`);
      check(at > after, `append ${count} of client ${client} is out of order`);
      after = at;
    }
  }
}

function short(value: string): string {
  return value.length <= 60
    ? JSON.stringify(value)
    : `…${JSON.stringify(value.slice(-60))} (${value.length})`;
}
