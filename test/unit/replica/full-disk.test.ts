import { describe, expect, test } from 'vitest';
import { growsStore, type SessionCommand } from '../../../src/kv/index.ts';
import { asReplicaId, asTerm, DEFAULT_LIMITS, Membership, type Status } from '../../../src/raft/index.ts';
import { GroupRoom } from '../../../src/replica/group-room.ts';
import { DEFAULT_REPLICA_LIMITS, Replica, type ReplicaAnswer } from '../../../src/replica/index.ts';
import { SqlStorage, WriteBehind } from '../../../src/storage/index.ts';
import { openNodeSqlite } from '../../../tools/harness/node-sqlite.ts';

const [ONE, TWO, THREE] = [asReplicaId(1), asReplicaId(2), asReplicaId(3)];
const MEMBERSHIP = Membership.of([ONE, TWO, THREE], []);
const raft = { status: () => status('leader', 1) };

function status(role: Status['role'], term: number): Status {
  return { role, term: asTerm(term), membership: MEMBERSHIP } as Status;
}

function roomOf(shortage: () => string | undefined = () => undefined, of = raft): GroupRoom {
  const parts = {
    options: { raft: { id: ONE }, limits: DEFAULT_REPLICA_LIMITS },
    storage: { shortage },
    stateMachine: { grows: ([first]: Uint8Array) => first === 1 },
  };
  return new GroupRoom(parts, of);
}

describe('a group is short of room', () => {
  test('when the disk of its leader is, which has to write what it proposes', () => {
    expect(roomOf(() => 'full').isShort).toBe(true);
  });

  test('when a majority is, and not for one follower alone', () => {
    const room = roomOf();
    expect(room.isShort).toBe(false);
    room.heard(TWO, true);
    expect(room.isShort).toBe(false);
    room.heard(THREE, true);
    expect(room.isShort).toBe(true);
    expect(room.status.shortPeers).toEqual([TWO, THREE]);
    room.heard(TWO, false);
    expect(room.isShort).toBe(false);
  });
});

test('what peers said to a leader is forgotten when it leads no more, since nobody would tell it of room', () => {
  let now = status('leader', 1);
  const room = roomOf(undefined, { status: () => now });
  room.heard(THREE, true);
  expect(room.status.shortPeers).toEqual([THREE]);
  now = status('follower', 2);
  expect(room.status.shortPeers).toEqual([]);
  now = status('leader', 3);
  expect(room.status.shortPeers).toEqual([]);
});

test('a leader that is elected again asks anew which of its peers are short', () => {
  let now = status('leader', 1);
  const room = roomOf(undefined, { status: () => now });
  room.heard(TWO, true);
  room.heard(THREE, true);
  now = status('leader', 3);
  expect(room.isShort).toBe(false);
});

test('only what grows the state is refused, and only while there is no room', () => {
  let shortage: string | undefined = 'full';
  const room = roomOf(() => shortage);
  expect(room.lacksRoomFor(Uint8Array.of(1))).toBe(true);
  expect(room.lacksRoomFor(Uint8Array.of(0))).toBe(false);
  shortage = undefined;
  expect(room.lacksRoomFor(Uint8Array.of(1))).toBe(false);
});

test('a log is kept short once the disk is, since it holds what was deleted, and would fill the room again', () => {
  let shortage: string | undefined;
  const room = roomOf(() => shortage);
  expect(room.logLimits).toMatchObject({ logEntriesMax: 4096, logTailEntries: 512 });
  shortage = 'full';
  const short = { logEntriesMax: 512, logBytesMax: 512 << 10, logTailEntries: 256 };
  expect(room.logLimits).toEqual(short);
  shortage = undefined;
  expect(room.logLimits).toEqual(short);
});

test('a value that is written over and over fills no disk: the log gives way before a command is refused', () => {
  const port = openNodeSqlite();
  const bytesMax = 3 << 20;
  let nowMs = 0;
  // While there was room, a measurement is a moment old, as a host's is: what a turn has filled it does not see itself.
  let measured = { atMs: 0, usedBytes: 0 };
  const usedBytes = (): number => {
    if (measured.usedBytes > bytesMax || nowMs - measured.atMs >= 20)
      measured = { atMs: nowMs, usedBytes: pagesInUse() };
    return measured.usedBytes;
  };
  const pagesInUse = (): number => {
    const [pages, free, size] = ['page_count', 'freelist_count', 'page_size'].map((name) =>
      Number(port.query(`PRAGMA ${name}`)[0]?.[0]),
    );
    return ((pages ?? 0) - (free ?? 0)) * (size ?? 0);
  };
  const disk = new SqlStorage(port, {
    whenDurable: (onDurable) => onDurable(),
    shortage: (keptBytes) => (usedBytes() + keptBytes > bytesMax ? 'full' : undefined),
  });
  const replica = new Replica<string, string, string>({
    options: { raft: { ...DEFAULT_LIMITS, id: ONE, random: () => 0 }, limits: DEFAULT_REPLICA_LIMITS },
    membership: Membership.of([ONE], []),
    stateMachine: {
      apply: (table, command) => {
        table.put('key', command);
        return 'written';
      },
      query: () => '',
      grows: () => true,
    },
    storage: new WriteBehind(disk),
    transport: { send: () => {} },
    clock: { nowMs: () => nowMs, wallClockMs: () => nowMs, wakeAt: () => {} },
    onHalt: (error) => {
      throw error;
    },
  });
  while (!replica.isLeader && nowMs < 60_000) {
    nowMs += 1000;
    replica.tick();
  }
  const answers = new Map<ReplicaAnswer<string>['type'], number>();
  for (let put = 0; put < 300; put += 1) {
    replica.propose(new Uint8Array(40_000).fill(put % 256), ({ type }) => {
      answers.set(type, (answers.get(type) ?? 0) + 1);
    });
    nowMs += 10;
  }
  expect(Object.fromEntries(answers)).toEqual({ done: 300 });
});

test('what adds to a store grows it, and a deletion does not', () => {
  const session = { client: 'c', sequence: 1 };
  const value = new Uint8Array(1);
  const grows = (command: SessionCommand['command']): boolean => growsStore({ session, command });
  expect(grows({ type: 'put', key: 'k', value })).toBe(true);
  expect(grows({ type: 'append', key: 'k', value })).toBe(true);
  expect(grows({ type: 'delete', key: 'k' })).toBe(false);
});
