import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asReplicaId, DEFAULT_LIMITS, Membership } from '../../../src/raft/index.ts';
import {
  DEFAULT_REPLICA_LIMITS,
  Replica,
  type ReplicaAnswer,
  type ReplicaParts,
} from '../../../src/replica/index.ts';
import { DEFAULT_WRITE_BEHIND_LIMITS, WriteBehind } from '../../../src/storage/index.ts';
import { MemoryDisk, MemoryStorage } from '../../../tools/memory-storage/index.ts';
import { ThrowingGroup } from './support/throwing-group.ts';

const DURATION_MS = 8000;
const ASKED_EVERY_MS = 12;

/** Answers of all callers, after a run in which so many of 1000 calls of ports threw, and the end of all replicas. */
function run(seed: number, permille: number): ThrowingGroup {
  const group = new ThrowingGroup(seed, permille);
  for (let atMs = 0; atMs < DURATION_MS; atMs += ASKED_EVERY_MS) {
    group.scheduler.at(atMs, () => group.askSomething());
  }
  group.scheduler.runFor(DURATION_MS);
  return group;
}

test('every caller is called back exactly once, whatever is thrown and wherever (replica.A3)', () => {
  const seen = { halts: 0, faults: 0 };
  const outcomes = new Set<string>();
  fc.assert(
    fc.property(fc.integer({ min: 1 }), fc.constantFrom(1, 5, 30), (seed, permille) => {
      const group = run(seed, permille);
      group.stopAll();
      // What is on its way to a peer comes after the end, too, and is answered.
      group.calm();
      group.scheduler.runFor(1000);
      group.stopAll();
      const wrong = group.callers.filter(({ answers }) => answers !== 1);
      expect(wrong).toEqual([]);
      seen.halts += group.halts;
      seen.faults += group.faults;
      for (const outcome of group.outcomes.keys()) outcomes.add(outcome);
    }),
    { numRuns: 60 },
  );
  // The runs have come through what they are about.
  expect(seen.halts).toBeGreaterThan(60);
  expect(seen.faults).toBeGreaterThan(60);
  expect([...outcomes]).toEqual(
    expect.arrayContaining(['a command: done', 'a command: unknown', 'a read: done', 'a read: failed']),
  );
});

test('a group goes on when nothing throws any more', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1 }), (seed) => {
      const group = run(seed, 10);
      group.calm();
      group.scheduler.runFor(20_000);
      const answers: string[] = [];
      group.leader?.propose(new Uint8Array(1), ({ type }) => answers.push(type));
      group.leader?.query('query', ({ type }) => answers.push(type));
      group.scheduler.runFor(2000);
      expect(answers.toSorted()).toEqual(['done', 'done']);
    }),
    { numRuns: 20 },
  );
});

const SELF = asReplicaId(1);

/** A group of one that leads. */
function alone(parts: Partial<ReplicaParts<string, string, string>>): {
  readonly replica: Replica<string, string, string>;
  readonly halted: unknown[];
} {
  const halted: unknown[] = [];
  const replica = new Replica<string, string, string>({
    options: { raft: { ...DEFAULT_LIMITS, id: SELF, random: () => 0 }, limits: DEFAULT_REPLICA_LIMITS },
    membership: Membership.of([SELF], []),
    stateMachine: { apply: () => 'applied', query: () => 'answered' },
    storage: new WriteBehind(new MemoryStorage(new MemoryDisk())),
    transport: { send: () => {} },
    clock: { nowMs: () => 0, wallClockMs: () => 0, wakeAt: () => {} },
    onHalt: (error) => halted.push(error),
    ...parts,
  });
  replica.wake();
  return { replica, halted };
}

describe('a replica', () => {
  test('whose query throws fails that read alone, and says so where an operator looks', () => {
    const noted: string[] = [];
    const { replica, halted } = alone({
      stateMachine: {
        apply: () => 'applied',
        query: (_, query) => {
          if (query === 'poison') throw new TypeError('a bug');
          return query;
        },
      },
      onFault: (fault, error) => noted.push(`${fault}: ${error}`),
    });
    const answers: ReplicaAnswer<string>[] = [];
    for (const query of ['one', 'poison', 'two']) replica.query(query, (answer) => answers.push(answer));
    expect(answers).toMatchObject([{ result: 'one' }, { type: 'failed' }, { result: 'two' }]);
    expect(replica.queryLocal('poison')).toEqual({ type: 'failed' });
    expect(replica.queryLocal('three')).toMatchObject({ type: 'done', result: 'three' });
    expect(halted).toEqual([]);
    expect(noted).toEqual(['a read: TypeError: a bug', 'a read: TypeError: a bug']);
    expect(replica.status().faults).toEqual({ count: 2, last: 'a read: TypeError: a bug' });
  });

  test('whose disk throws while it writes what was applied says "unknown" to who waits, and stops', () => {
    const storage = new MemoryStorage(new MemoryDisk());
    let isBroken = false;
    const write = storage.write.bind(storage);
    storage.write = (turn) => {
      if (isBroken && turn.applied !== undefined) throw new Error('disk I/O error');
      write(turn);
    };
    const { replica, halted } = alone({
      storage: new WriteBehind(storage, { ...DEFAULT_WRITE_BEHIND_LIMITS, keptEntriesMax: 0 }),
    });
    isBroken = true;
    const answers: ReplicaAnswer<string>[] = [];
    replica.propose(new Uint8Array(1), (answer) => answers.push(answer));
    expect(answers).toEqual([{ type: 'unknown', leader: SELF }]);
    expect(halted.map(String)).toEqual(['Error: disk I/O error']);
    replica.propose(new Uint8Array(1), (answer) => answers.push(answer));
    expect(answers[1]).toEqual({ type: 'not-leader', leader: undefined });
  });

  test('whose caller throws at its answer answers the others', () => {
    const { replica, halted } = alone({});
    const answers: string[] = [];
    const failing = (): never => {
      throw new Error('a caller');
    };
    replica.propose(new Uint8Array(1), failing);
    replica.query('query', failing);
    replica.propose(new Uint8Array(1), ({ type }) => answers.push(type));
    replica.query('query', ({ type }) => answers.push(type));
    expect(answers).toEqual(['done', 'done']);
    expect(halted).toEqual([]);
    expect(replica.status().faults.count).toBe(2);
  });

  test('refuses a command that is longer than one may be, and goes on', () => {
    const { replica, halted } = alone({});
    const { commandBytesMax } = DEFAULT_REPLICA_LIMITS;
    const answers: ReplicaAnswer<string>[] = [];
    for (const length of [commandBytesMax + 1, commandBytesMax, 1]) {
      replica.propose(new Uint8Array(length), (answer) => answers.push(answer));
    }
    expect(answers).toMatchObject([
      { type: 'too-large', bytesMax: commandBytesMax },
      { type: 'done' },
      { type: 'done' },
    ]);
    expect(halted).toEqual([]);
  });
});
