import { describe, expect, test } from 'vitest';
import { FormatError } from '../../../src/codec/index.ts';
import { SESSION_COMMAND } from '../../../src/kv/index.ts';
import { asIndex, asReplicaId, asTerm, DEFAULT_LIMITS, Membership } from '../../../src/raft/index.ts';
import { DEFAULT_REPLICA_LIMITS, Replica, type ReplicaParts } from '../../../src/replica/index.ts';
import { type ReplicaStorage, SqlStorage, WriteBehind } from '../../../src/storage/index.ts';
import { openNodeSqlite } from '../../../tools/harness/node-sqlite.ts';
import { StoreGroup, textOf } from './support/store-group.ts';

const SELF = asReplicaId(1);

/** A group of one, on this disk. */
function partsOn(
  storage: ReplicaStorage,
  onHalt: (error: unknown) => void,
): ReplicaParts<string, string, string> {
  return {
    options: { raft: { ...DEFAULT_LIMITS, id: SELF, random: () => 0 }, limits: DEFAULT_REPLICA_LIMITS },
    membership: Membership.of([SELF], []),
    stateMachine: { apply: () => 'applied', query: () => 'answered' },
    storage,
    transport: { send: () => {} },
    clock: { nowMs: () => 0, wallClockMs: () => 0, wakeAt: () => {} },
    onHalt,
  };
}

const storageOn = (port: ReturnType<typeof openNodeSqlite>) =>
  new WriteBehind(new SqlStorage(port, { whenDurable: (onDurable) => onDurable() }));

describe('a replica', () => {
  test('whose queue is full refuses, and does nothing of what it refused', () => {
    const store = new StoreGroup({ limits: { queueCommandsMax: 2 } });
    const leader = store.leader();
    store.run(1000);
    const outcomes = new Map<string, string>();
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      const session = { client: store.client(name), sequence: 1 };
      const command = { type: 'append', key: 'key', value: new TextEncoder().encode(name) } as const;
      store
        .replica(leader)
        .propose(SESSION_COMMAND.encode({ session, command }), ({ type }) => outcomes.set(name, type));
    }
    expect([...outcomes]).toEqual([
      ['d', 'overloaded'],
      ['e', 'overloaded'],
    ]);
    store.run(1000);
    expect([...outcomes.values()]).toEqual(['overloaded', 'overloaded', 'done', 'done', 'done']);
    expect(textOf(store.replica(leader).queryLocal({ type: 'get', key: 'key' }))).toBe('abc');
  });

  test('does not start on a disk of an unknown format, and leaves it as it is', () => {
    const port = openNodeSqlite();
    new Replica(partsOn(storageOn(port), () => {})).stop();
    port.query("UPDATE meta SET value = 99 WHERE key = 'format'");
    const before = port.query('SELECT key, value FROM meta ORDER BY key');
    const start = () => new Replica(partsOn(storageOn(port), () => {}));
    expect(start).toThrow(FormatError);
    expect(start).toThrow('format 99');
    expect(port.query('SELECT key, value FROM meta ORDER BY key')).toEqual(before);
  });

  test('executes nothing of a log entry that nobody can read, goes on, and says so', () => {
    const port = openNodeSqlite();
    const storage = storageOn(port);
    storage.open(Membership.of([SELF], []));
    const payload = new Uint8Array([99, 0x82, 0x00, 0x80]);
    const entry = { index: asIndex(1), term: asTerm(1), kind: 'command', payload } as const;
    storage.write({
      store: {
        id: 1,
        hardState: { term: asTerm(1), votedFor: SELF },
        truncateFrom: undefined,
        append: [entry],
        compactThrough: undefined,
        install: undefined,
        touch: false,
      },
      applied: undefined,
    });
    const faults: unknown[] = [];
    const replica = new Replica({
      ...partsOn(storageOn(port), (error) => {
        throw error;
      }),
      onFault: (_, error) => faults.push(error),
    });
    replica.wake();
    const outcomes: unknown[] = [];
    replica.propose(new Uint8Array(1), (outcome) => outcomes.push(outcome));
    replica.query('anything', (outcome) => outcomes.push(outcome));
    expect(outcomes).toMatchObject([
      { type: 'done', index: 3, result: 'applied' },
      { type: 'done', result: 'answered' },
    ]);
    expect(faults.map(String)).toEqual(['Error: 1@1 cannot be read']);
    expect(replica.status().faults).toEqual({ count: 1, last: 'the log: Error: 1@1 cannot be read' });
  });
});
