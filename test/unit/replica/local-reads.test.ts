import { describe, expect, test } from 'vitest';
import { asReplicaId, DEFAULT_LIMITS } from '../../../src/raft/index.ts';
import type { ReplicaAnswer } from '../../../src/replica/index.ts';
import type { StoreAnswer } from '../../../src/shard/index.ts';
import { violations } from './support/stale-readers.ts';
import { StoreGroup, textOf } from './support/store-group.ts';

const GET = { type: 'get', key: 'key' } as const;
const { electionTimeoutMs, replyTimeoutMs, heartbeatIntervalMs } = DEFAULT_LIMITS;
const FOLLOWER_MARGIN_MS = 2 * electionTimeoutMs + 2 * replyTimeoutMs;
/** Of a message on the reliable network, and what a disk adds. */
const HOP_MS = 5;

function ageOf(store: StoreGroup, server: number): number | undefined {
  const outcome = store.replica(server).queryLocal(GET);
  if (outcome.type !== 'done') throw new Error(`a local read ended as ${outcome.type}`);
  return outcome.ageMsMax;
}

/** The outcome of `queryWhen`, as far as there is one. */
function readWhen(
  store: StoreGroup,
  server: number,
  index: number,
): { outcome?: ReplicaAnswer<StoreAnswer> } {
  const read: { outcome?: ReplicaAnswer<StoreAnswer> } = {};
  const replica = store.replica(server);
  const progress = () => {
    const answer = replica.queryLocal(GET);
    return answer.type === 'done' ? answer.index : 0;
  };
  const awaited = { what: 0, least: index, progress };
  replica.queryWhen(awaited, GET, (outcome) => {
    read.outcome = outcome;
  });
  return read;
}

describe('the age of a local read', () => {
  test('is unknown before a leader was heard', () => {
    expect(ageOf(new StoreGroup(), 0)).toBeUndefined();
  });

  test('stays near its margin while the leader is heard', () => {
    const store = new StoreGroup();
    store.write(store.client('a'), 1);
    store.run(1000);
    for (let count = 0; count < 50; count += 1) {
      store.run(17);
      expect(ageOf(store, store.follower())).toBeLessThanOrEqual(
        FOLLOWER_MARGIN_MS + heartbeatIntervalMs + HOP_MS,
      );
      expect(ageOf(store, store.leader())).toBeLessThanOrEqual(replyTimeoutMs + heartbeatIntervalMs + HOP_MS);
    }
  });

  test('grows with time at a follower that is cut off', () => {
    const store = new StoreGroup();
    store.write(store.client('a'), 1);
    store.run(1000);
    const follower = store.follower();
    store.group.partition(store.group.servers.filter((server) => server !== follower));
    store.run(5000);
    expect(ageOf(store, follower)).toBeGreaterThanOrEqual(FOLLOWER_MARGIN_MS + 5000 - HOP_MS);
    store.group.heal();
    store.run(2000);
    expect(ageOf(store, follower)).toBeLessThan(FOLLOWER_MARGIN_MS + 1000);
  });

  test('grows with time at a leader that is cut off', () => {
    const store = new StoreGroup();
    store.write(store.client('a'), 1);
    store.run(1000);
    const leader = store.leader();
    store.group.partition(store.group.servers.filter((server) => server !== leader));
    store.run(electionTimeoutMs / 2);
    expect(store.replica(leader).isLeader).toBe(true);
    expect(ageOf(store, leader)).toBeGreaterThanOrEqual(
      replyTimeoutMs + electionTimeoutMs / 2 - heartbeatIntervalMs - HOP_MS,
    );
  });

  test('is known again after a restart, also when nothing is written', () => {
    const store = new StoreGroup();
    store.write(store.client('a'), 1);
    store.run(1000);
    const follower = store.follower();
    store.group.start(follower);
    expect(ageOf(store, follower)).toBeUndefined();
    store.run(1000);
    expect(ageOf(store, follower)).toBeLessThan(FOLLOWER_MARGIN_MS + 1000);
  });

  const SEEDS = Array.from({ length: 20 }, (_, at) => at + 1);

  test.each(SEEDS)('is true whatever fails: nothing older is missing (seed %i)', (seed) => {
    const { reads, violated } = violations(seed, (ageMsMax) => ageMsMax);
    expect(violated).toEqual([]);
    expect(reads).toBeGreaterThan(100);
  });

  test('a bound without the margin is caught', () => {
    const violated = SEEDS.flatMap(
      (seed) => violations(seed, (ageMsMax) => ageMsMax - FOLLOWER_MARGIN_MS).violated,
    );
    expect(violated).not.toEqual([]);
  });
});

describe('a read of a state that has come so far', () => {
  test("sees the client's own write at every replica, as soon as it has come there", () => {
    const store = new StoreGroup({ servers: 5, isReliable: false, seed: 3 });
    const client = store.client('a');
    let value = '';
    for (let sequence = 1; sequence <= 20; sequence += 1) {
      value += String(sequence);
      const outcome = store.append(store.leader(), { client, sequence }, String(sequence));
      if (outcome.type !== 'done') throw new Error(`a write ended as ${outcome.type}`);
      const reads = store.group.servers.map((server) => readWhen(store, server, outcome.index));
      store.until(() => reads.every((read) => read.outcome !== undefined));
      expect(reads.map(({ outcome: read }) => read && textOf(read))).toEqual(reads.map(() => value));
    }
  });

  test('is answered at once where it has', () => {
    const store = new StoreGroup();
    const index = store.write(store.client('a'), 1, 'v');
    expect(readWhen(store, store.leader(), index).outcome).toMatchObject({ type: 'done', index });
  });

  test('does not wait for ever', () => {
    const store = new StoreGroup({ limits: { localWaitMsMax: 700 } });
    const index = store.write(store.client('a'), 1);
    const read = readWhen(store, store.leader(), index + 1000);
    store.run(699);
    expect(read.outcome).toBeUndefined();
    expect(store.replica(store.leader()).status().waitingReads).toBe(1);
    store.run(1);
    expect(read.outcome).toEqual({ type: 'not-leader', leader: asReplicaId(store.leader() + 1) });
  });

  test('is refused where too many wait', () => {
    const store = new StoreGroup({ limits: { waitingReadsMax: 2 } });
    const index = store.write(store.client('a'), 1);
    const reads = [1, 2, 3].map(() => readWhen(store, store.leader(), index + 1));
    expect(reads.map(({ outcome }) => outcome?.type)).toEqual([undefined, undefined, 'overloaded']);
    store.write(store.client('a'), 2);
    expect(reads.map(({ outcome }) => outcome?.type)).toEqual(['done', 'done', 'overloaded']);
  });

  test('ends when the replica stops', () => {
    const store = new StoreGroup();
    const index = store.write(store.client('a'), 1);
    const read = readWhen(store, store.leader(), index + 1);
    store.replica(store.leader()).stop();
    expect(read.outcome).toEqual({ type: 'not-leader', leader: undefined });
  });
});
