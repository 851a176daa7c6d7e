/** The course's generic test: three rounds of clients on a group that is partitioned, crashed or neither. */

import type { Random } from '../../sim/random.ts';
import type { GroupKv } from '../kv-config.ts';
import { hire, type Keys, workRound } from '../kv-workload.ts';
import type { LabGroup } from '../lab-group.ts';
import type { Lab, LabTest } from '../lab-test.ts';
import { type Process, sleep } from '../process.ts';
import { kvTest } from './kv-test.ts';

interface RoundsOptions {
  readonly lab: Lab;
  readonly name: string;
  readonly clients: number;
  readonly servers?: number;
  readonly isReliable?: boolean;
  readonly crash?: boolean;
  readonly partitions?: boolean;
  readonly maxRaftState?: number;
  readonly keys?: Keys;
}

const ROUNDS = 3;
const ROUND_MS = 5000;
const ELECTION_TIMEOUT_MS = 1000;
const PARTITION_MS = { from: 1000, to: 1199 } as const;

export function roundsTest({
  lab,
  name,
  clients,
  servers = 5,
  isReliable = true,
  crash = false,
  partitions = false,
  maxRaftState = -1,
  keys = 'own',
}: RoundsOptions): LabTest {
  return kvTest({ lab, name, servers, isReliable, maxRaftState }, function* (kv) {
    const workers = hire(kv.clerks, clients, keys);
    let fewest = Number.POSITIVE_INFINITY;
    for (let round = 0; round < ROUNDS; round += 1) {
      const during = partitions ? partitionedRound(kv) : sleep(kv.world.scheduler, ROUND_MS);
      const operations = yield* workRound(workers, during, recover(kv, { crash, partitions }));
      fewest = Math.min(fewest, operations);
    }
    return [{ name: 'operations in a round', measured: fewest, atLeast: 2 * clients }];
  });
}

/** A quiet start, then parts that change every second or so. Clients reach all servers all the while. */
function* partitionedRound({ world, group }: GroupKv): Process {
  yield* sleep(world.scheduler, ELECTION_TIMEOUT_MS);
  const untilMs = world.scheduler.nowMs + ROUND_MS;
  while (world.scheduler.nowMs < untilMs) {
    group.partition(...randomHalves(group, world.random));
    yield* sleep(world.scheduler, world.random.between(PARTITION_MS.from, PARTITION_MS.to));
  }
}

function randomHalves(group: LabGroup, random: Random): readonly (readonly number[])[] {
  const isInFirst = group.servers.map(() => random.chance(1, 2));
  return [true, false].map((half) => group.servers.filter((server) => isInFirst[server] === half));
}

/** Clients may still wait for an answer when all servers crash at once. */
function* recover(
  { world, group }: GroupKv,
  { crash, partitions }: { readonly crash: boolean; readonly partitions: boolean },
): Process {
  group.heal();
  if (partitions) yield* sleep(world.scheduler, ELECTION_TIMEOUT_MS);
  if (!crash) return;
  yield* group.crashAll();
  yield* sleep(world.scheduler, ELECTION_TIMEOUT_MS);
  yield* group.startAll();
}
