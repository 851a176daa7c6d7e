import { expect, test } from 'vitest';
import { DEFAULT_KV_SETTINGS, formatClientId, SESSION_COMMAND } from '../../../src/kv/index.ts';
import type { ReplicaLimits } from '../../../src/replica/index.ts';
import { type StoreAnswer, type StoreQuery, type StoreResult, WholeStore } from '../../../src/shard/index.ts';
import {
  DEFAULT_WRITE_BEHIND_LIMITS,
  type SqlPort,
  SqlStorage,
  WriteBehind,
} from '../../../src/storage/index.ts';
import { openStore } from '../../../src/store/index.ts';
import { openNodeSqlite } from '../../../tools/harness/node-sqlite.ts';
import { onlyShardOf } from '../../labs/clerk.ts';
import { wallClockMs } from '../../labs/lab-world.ts';
import { ServedGroup } from '../store/support/served-group.ts';

const PUTS = 40;

/** Three replicas on SQLite, and what each of their disks is asked. */
class CountedGroup extends ServedGroup<StoreResult, StoreQuery, StoreAnswer> {
  readonly ports: readonly SqlPort[];
  readonly #asked: { statements: number };
  readonly #client: string;
  #sequence = 0;

  constructor(limits: Partial<ReplicaLimits> = {}) {
    const ports = [0, 1, 2].map(() => openNodeSqlite());
    const asked = { statements: 0 };
    super({
      limits: { checkpointIdleMs: 60_000, ...limits },
      open: (parts, { scheduler }) => {
        const port = ports[parts.options.raft.id - 1];
        if (port === undefined) throw new Error('there are three replicas');
        const counted: SqlPort = {
          transaction: (callback) => port.transaction(callback),
          query: (sql, ...parameters) => {
            asked.statements += 1;
            return port.query(sql, ...parameters);
          },
        };
        const whenDurable = (onDurable: () => void) => scheduler.after(1, onDurable);
        return openStore({
          ...parts,
          storage: new WriteBehind(new SqlStorage(counted, { whenDurable })),
          stateMachine: new WholeStore(onlyShardOf, DEFAULT_KV_SETTINGS),
          shardOf: onlyShardOf,
          shardCount: undefined,
          migration: undefined,
        });
      },
    });
    this.ports = ports;
    this.#asked = asked;
    this.#client = formatClientId(wallClockMs(this.world), 'client');
  }

  /** One client, one put after the other. */
  put(count: number, keyOf: (at: number) => string): void {
    const leader = this.leader();
    for (let at = 0; at < count; at += 1) {
      this.#sequence += 1;
      const session = { client: this.#client, sequence: this.#sequence };
      const command = { type: 'put', key: keyOf(at), value: new Uint8Array(100) } as const;
      let isDone = false;
      this.replica(leader).propose(SESSION_COMMAND.encode({ session, command }), ({ type }) => {
        isDone = type === 'done';
      });
      this.until(() => isDone);
    }
  }

  /** The followers have applied all that the leader has. */
  settle(): void {
    this.run(300);
  }

  /** Of all replicas. */
  changesOf(work: () => void): { readonly rows: number; readonly statements: number } {
    const rows = () => this.ports.reduce((sum, port) => sum + integer(port, 'SELECT total_changes()'), 0);
    const before = { rows: rows(), statements: this.#asked.statements };
    work();
    return { rows: rows() - before.rows, statements: this.#asked.statements - before.statements };
  }

  count(table: string): readonly number[] {
    return this.ports.map((port) => integer(port, `SELECT count(*) FROM ${table}`));
  }
}

function integer(port: SqlPort, query: string): number {
  return Number(port.query(query)[0]?.[0]);
}

test.each([
  ['of new keys', (at: number) => `key-${at}`],
  ['of one key', () => 'key'],
])(
  'puts %s, one after the other, write one row of the log each at each replica, and nothing else',
  (_, keyOf) => {
    const group = new CountedGroup();
    group.put(1, () => 'first');
    group.settle();
    const { rows } = group.changesOf(() => {
      group.put(PUTS, keyOf);
      group.settle();
    });
    expect(rows).toBe(3 * PUTS);
    expect(group.count('state_0')).toEqual([0, 0, 0]);
  },
);

test('puts of one key, one after the other, ask SQLite once each at each replica', () => {
  const group = new CountedGroup();
  group.put(1, () => 'key');
  group.settle();
  const { statements } = group.changesOf(() => {
    group.put(PUTS, () => 'key');
    group.settle();
  });
  expect(statements).toBe(3 * PUTS);
});

test('a checkpoint of an idle group writes each row that was put since the last once, and the record', () => {
  const group = new CountedGroup({ checkpointIdleMs: 2000 });
  group.put(1, () => 'first');
  group.run(4000);
  const before = group.count('state_0');
  const { rows } = group.changesOf(() => {
    for (let round = 0; round < 4; round += 1) group.put(10, (at) => `key-${at}`);
    group.run(4000);
  });
  const shared = ['the session', "the shard's own row", 'the record'].length;
  expect(rows).toBe(3 * (40 + 10 + shared));
  expect(group.count('state_0')).toEqual(before.map((count) => count + 10));
  expect(group.changesOf(() => group.run(10_000)).rows).toBe(0);
});

test('in the long run free rows of the log are used again, and none is deleted', () => {
  const group = new CountedGroup({ logEntriesMax: 20, logTailEntries: 4 });
  group.put(60, () => 'key');
  const most = group.count('log');
  group.put(200, () => 'key');
  expect(group.count('log')).toEqual(most);
  expect(Math.max(...most)).toBeLessThan(30);
  expect(DEFAULT_WRITE_BEHIND_LIMITS.keptEntriesMax).toBeGreaterThan(200);
});
