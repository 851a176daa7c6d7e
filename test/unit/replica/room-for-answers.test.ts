/** A replica whose host keeps as many bytes of answers as it may. */

import { describe, expect, test } from 'vitest';
import { asReplicaId, DEFAULT_LIMITS, Membership } from '../../../src/raft/index.ts';
import { ByteBudget, DEFAULT_REPLICA_LIMITS, Replica } from '../../../src/replica/index.ts';
import { SqlStorage, WriteBehind } from '../../../src/storage/index.ts';
import { openNodeSqlite } from '../../../tools/harness/node-sqlite.ts';

const SELF = asReplicaId(1);
const ANSWER_BYTES = 10;

/** A group of one that leads. Whatever it is asked, it reads 10 bytes, which the host keeps until `leave`. */
function setUp() {
  let nowMs = 0;
  let reads = 0;
  const answers = new ByteBudget({ bytesMax: 3 * ANSWER_BYTES, leaseMsMax: 60_000, nowMs: () => nowMs });
  const replica: Replica<string, string, string> = new Replica({
    options: { raft: { ...DEFAULT_LIMITS, id: SELF, random: () => 0 }, limits: DEFAULT_REPLICA_LIMITS },
    membership: Membership.of([SELF], []),
    stateMachine: {
      apply: () => 'applied',
      query: () => {
        reads += 1;
        return 'answered';
      },
    },
    storage: new WriteBehind(new SqlStorage(openNodeSqlite(), { whenDurable: (onDurable) => onDurable() })),
    transport: { send: () => {} },
    clock: { nowMs: () => nowMs, wallClockMs: () => 0, wakeAt: () => {} },
    answers,
    onHalt: (error) => {
      throw error;
    },
  });
  replica.wake();
  const leaving: (() => void)[] = [];
  const outcomes: string[] = [];
  const hear = ({ type }: { readonly type: string }): void => {
    outcomes.push(type);
    if (type !== 'done') return;
    const lease = answers.hold(ANSWER_BYTES);
    leaving.push(() => answers.give(lease));
  };
  return {
    replica,
    outcomes,
    hear,
    reads: () => reads,
    leave: (count: number) => {
      for (const left of leaving.splice(0, count)) left();
    },
    pass: (ms: number) => {
      nowMs += ms;
      replica.tick();
    },
  };
}

describe('reads that find no room for their answers', () => {
  test('wait, unread, and are answered in their turn as others leave', () => {
    const { replica, outcomes, hear, reads, leave, pass } = setUp();
    for (let count = 0; count < 8; count += 1) replica.query('key', hear);
    expect([outcomes.length, reads()]).toEqual([3, 3]);
    expect(replica.status()).toMatchObject({ waitingReads: 5, memoryBytes: { answers: 30 } });
    leave(2);
    pass(100);
    expect([outcomes.length, reads()]).toEqual([5, 5]);
    leave(3);
    pass(100);
    expect(outcomes).toEqual(Array(8).fill('done'));
  });

  test('are refused when their patience ends', () => {
    const { replica, outcomes, hear, reads, pass } = setUp();
    for (let count = 0; count < 5; count += 1) replica.query('key', hear);
    pass(DEFAULT_REPLICA_LIMITS.readWaitMsMax - 1);
    expect(outcomes).toEqual(['done', 'done', 'done']);
    pass(1);
    expect(outcomes).toEqual(['done', 'done', 'done', 'overloaded', 'overloaded']);
    expect(reads()).toBe(3);
  });

  test('of the state of this replica alone are refused at once', () => {
    const { replica, outcomes, hear } = setUp();
    for (let count = 0; count < 4; count += 1)
      replica.queryWhen({ least: 0, progress: () => 0, what: 0 }, 'key', hear);
    expect(outcomes).toEqual(['done', 'done', 'done', 'overloaded']);
  });

  test('are answered when the replica stops', () => {
    const { replica, outcomes, hear } = setUp();
    for (let count = 0; count < 5; count += 1) replica.query('key', hear);
    replica.stop();
    expect(outcomes.slice(3)).toEqual(['not-leader', 'not-leader']);
  });
});

test('a replica accounts for what waits and what is in its log', () => {
  const { replica, hear } = setUp();
  replica.propose(new Uint8Array(1000), hear);
  const { memoryBytes } = replica.status();
  expect(memoryBytes.log).toBeGreaterThan(1000);
  const { queue, inFlight, log, state, answers, total } = memoryBytes;
  expect(total).toBe(queue + inFlight + log + state + answers);
});
