import { describe, expect, test } from 'vitest';
import { growsStore, type SessionCommand } from '../../../src/kv/index.ts';
import { asReplicaId, asTerm, Membership, type Status } from '../../../src/raft/index.ts';
import { GroupRoom } from '../../../src/replica/group-room.ts';
import { DEFAULT_REPLICA_LIMITS } from '../../../src/replica/index.ts';

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

test('what adds to a store grows it, and a deletion does not', () => {
  const session = { client: 'c', sequence: 1 };
  const value = new Uint8Array(1);
  const grows = (command: SessionCommand['command']): boolean => growsStore({ session, command });
  expect(grows({ type: 'put', key: 'k', value })).toBe(true);
  expect(grows({ type: 'append', key: 'k', value })).toBe(true);
  expect(grows({ type: 'delete', key: 'k' })).toBe(false);
});
