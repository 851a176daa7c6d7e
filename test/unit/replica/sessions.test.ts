import { describe, expect, test } from 'vitest';
import { asReplicaId } from '../../../src/raft/index.ts';
import { StoreGroup, textOf } from './support/store-group.ts';

const GET = { type: 'get', key: 'key' } as const;
const HOUR_MS = 3_600_000;
const SHORT_SESSIONS = {
  sessionOpenWindowMs: 10_000,
  sessionTtlMs: 21_000,
  sessionSweepIntervalMs: 1000,
} as const;

function appended(previous: string) {
  return { type: 'appended', previous: { type: 'present', value: new TextEncoder().encode(previous) } };
}

function clientsIn(store: StoreGroup, server: number): readonly string[] {
  return store.group
    .rows(server)
    .filter(({ key }) => key[4] === 's')
    .map(({ key }) => key.slice(5));
}

/** The leader hands over to `server`. */
function lead(store: StoreGroup, server: number): void {
  const leader = store.leader();
  if (leader !== server) store.replica(leader).transferLeadership(asReplicaId(server + 1));
  store.until(() => store.group.leader === server);
}

describe('sessions', () => {
  test('are in a snapshot: a replica that was sent one gives the recorded reply', () => {
    const store = new StoreGroup({ limits: { logBytesMax: 500 }, settings: { keptPreviousBytesMax: 7 } });
    store.leader();
    const absent = store.follower();
    store.group.partition(store.group.servers.filter((server) => server !== absent));
    const session = { client: store.client('alice'), sequence: 1 };
    const others = store.client('bob');
    store.write(others, 1, 'before,');
    expect(store.append(store.leader(), session, 'once,')).toMatchObject({ result: appended('before,') });
    for (let sequence = 2; sequence < 40; sequence += 1) store.write(others, sequence, 'z');

    store.group.heal();
    store.until(() => store.group.snapshotsInstalled(absent) > 0);
    lead(store, absent);
    expect(store.append(absent, session, 'once,')).toMatchObject({
      type: 'done',
      result: appended('before,'),
    });
    expect(textOf(store.replica(absent).queryLocal(GET))).toBe(`before,once,${'z'.repeat(38)}`);
  });

  test('survive a crash of all replicas', () => {
    const store = new StoreGroup();
    const session = { client: store.client('alice'), sequence: 1 };
    store.append(store.leader(), session, 'once');
    store.group.crashAll();
    store.group.startAll();
    expect(store.append(store.leader(), session, 'once')).toMatchObject({
      result: { type: 'appended', version: 1 },
    });
  });

  test('expire by what the leader stamps: the clocks of the others, an hour off, change nothing', () => {
    const twin = new StoreGroup({ seed: 5 });
    const leader = twin.leader();
    const skewMs = (server: number) => (server === leader ? 0 : (server - leader) * HOUR_MS);
    const store = new StoreGroup({ seed: 5, settings: SHORT_SESSIONS, skewMs });
    expect(store.leader()).toBe(leader);
    const session = { client: store.client('alice'), sequence: 1 };
    store.append(leader, session, 'once');

    store.run(SHORT_SESSIONS.sessionTtlMs - 5000);
    expect(store.append(leader, session, 'once')).toMatchObject({ result: { type: 'appended', version: 1 } });
    // The next write of anybody sweeps it away, on all replicas alike.
    store.run(5000);
    const bob = store.client('bob');
    store.write(bob, 1);
    store.run(1000);
    for (const server of store.group.servers) {
      expect(clientsIn(store, server)).toEqual([bob]);
      expect(store.group.rows(server)).toEqual(store.group.rows(leader));
    }
    expect(store.append(leader, session, 'once')).toMatchObject({ result: { type: 'session-expired' } });
    expect(textOf(store.replica(leader).queryLocal(GET))).toContain('once');
    expect(textOf(store.replica(leader).queryLocal(GET))).not.toContain('onceonce');
  });

  test('are not forgotten because the clock of a new leader is far ahead, and nothing is executed twice', () => {
    const store = new StoreGroup({
      settings: { ...SHORT_SESSIONS, keptPreviousBytesMax: 100 },
      skewMs: (server) => (server === 2 ? HOUR_MS : 0),
    });
    store.leader();
    lead(store, 0);
    const session = { client: store.client('alice'), sequence: 1 };
    const answer = { result: { type: 'appended', version: 1 } };
    expect(store.append(0, session, 'once')).toMatchObject(answer);
    for (const leader of [2, 1]) {
      lead(store, leader);
      expect(store.append(leader, session, 'once')).toMatchObject(answer);
      expect(store.append(leader, { ...session, sequence: 1 }, 'once')).toMatchObject(answer);
    }
    expect(textOf(store.replica(1).queryLocal(GET))).toBe('once');
  });
});
