import { expect, test } from 'vitest';
import { asReplicaId, DEFAULT_LIMITS, Membership } from '../../../src/raft/index.ts';
import { DEFAULT_REPLICA_LIMITS, Replica, type ReplicaLimits } from '../../../src/replica/index.ts';
import { WriteBehind } from '../../../src/storage/index.ts';
import { MemoryDisk, MemoryStorage } from '../../../tools/memory-storage/index.ts';

const SELF = asReplicaId(1);

/** A group of one that leads, and what it says. */
function tracedLeader(limits: Partial<ReplicaLimits> = {}) {
  const lines: string[] = [];
  const replica = new Replica<string, string, string>({
    options: {
      raft: { ...DEFAULT_LIMITS, id: SELF, random: () => 0 },
      limits: { ...DEFAULT_REPLICA_LIMITS, ...limits },
    },
    membership: Membership.of([SELF], []),
    stateMachine: {
      apply: (_, command) => {
        if (command.byteLength === 0) throw new Error('an empty command');
        return 'applied';
      },
      query: () => 'answered',
    },
    storage: new WriteBehind(new MemoryStorage(new MemoryDisk())),
    transport: { send: () => {} },
    clock: { nowMs: () => 0, wallClockMs: () => 0, wakeAt: () => {} },
    onHalt: () => {},
    trace: (line) => lines.push(line),
  });
  replica.wake();
  return { replica, lines };
}

test('a traced replica says what it does, in order, and gives away no payload', () => {
  const { replica, lines } = tracedLeader();
  replica.propose(new TextEncoder().encode('secret'), () => {});
  replica.stop();
  expect(lines.map((line) => line.replace(/\(\d+ bytes\)/, '(n bytes)'))).toEqual([
    '1 starts with incarnation 1',
    '1 campaigns in term 1',
    '1 stores #1: term 1 vote 1',
    '1 leads term 1',
    '1 stores #2: append 1@1 noop',
    '1 knows 1 is committed',
    '1 applies 1@1 noop',
    '1 stores #3: append 2@1 (n bytes)',
    '1 answers the proposal: accepted as 2@1',
    '1 knows 2 is committed',
    '1 applies 2@1 (n bytes)',
    '1 stops',
  ]);
});

test('a traced replica says what it refuses for lack of room', () => {
  const { replica, lines } = tracedLeader({ queueCommandsMax: 0, waitingReadsMax: 0 });
  replica.propose(new Uint8Array(1), () => {});
  replica.query('query', () => {});
  replica.queryWhen({ what: 0, least: 1, progress: () => 0 }, 'query', () => {});
  expect(lines.slice(-3)).toEqual([
    '1 refuses a command, since as many wait as may',
    '1 refuses a read, since as many wait as may',
    '1 refuses a read of its own state, since as many wait as may',
  ]);
});

test('a traced replica says why it halts', () => {
  const { replica, lines } = tracedLeader();
  replica.propose(new Uint8Array(0), () => {});
  expect(lines.slice(-2)).toEqual(['1 halts: Error: an empty command', '1 stops']);
});

test('a traced replica says how far it compacts its log', () => {
  const { replica, lines } = tracedLeader({ logEntriesMax: 2, logTailEntries: 1 });
  for (let count = 0; count < 3; count += 1) replica.propose(new Uint8Array(1), () => {});
  expect(lines).toContainEqual(
    expect.stringMatching(/^1 compacts its log of 3 entries and \d+ bytes through 2$/),
  );
  expect(lines).toContain('1 stores #5: log begins after 2@1');
});
