import type { DurableObjectStorage } from '@cloudflare/workers-types';
import { expect, expectTypeOf, test } from 'vitest';
import { FormatError } from '../../../src/codec/index.ts';
import { asIndex, asReplicaId, asTerm } from '../../../src/raft/index.ts';
import {
  DISK_FORMAT,
  type DurableObjectSqlStorage,
  durableObjectSqlPort,
  OverlayTable,
  type SqlPort,
  SqlStorage,
  type SqlStorageOptions,
} from '../../../src/storage/index.ts';
import { SMALL_VALUE_BYTES_MAX } from '../../../src/storage/schema.ts';
import { openNodeSqlite } from '../../../tools/harness/node-sqlite.ts';
import { replicaStorageSuite, storeTurn } from './replica-storage-suite.ts';
import { chunkOf, command, logId, MEMBERSHIP } from './storage-model.ts';

const atOnce = (onDurable: () => void): void => onDurable();

function storageOn(port: SqlPort, options: Partial<SqlStorageOptions> = {}): SqlStorage {
  return new SqlStorage(port, { whenDurable: atOnce, ...options });
}

function openedOn(port: SqlPort, options: Partial<SqlStorageOptions> = {}): SqlStorage {
  const storage = storageOn(port, options);
  storage.open(MEMBERSHIP);
  return storage;
}

replicaStorageSuite('SqlStorage over node:sqlite', () => {
  const port = openNodeSqlite();
  return { start: () => storageOn(port) };
});

replicaStorageSuite('SqlStorage that is short of room, and deletes one free row at a time', () => {
  const port = openNodeSqlite();
  return { start: () => storageOn(port, { deletedRowsMax: 1, shortage: () => 'short' }) };
});

replicaStorageSuite('SqlStorage over what a Durable Object offers', () => {
  const port = durableObjectSqlPort(likeDurableObject(openNodeSqlite()));
  return { start: () => storageOn(port) };
});

/** Answers with ArrayBuffers, and refuses transactions that are opened by a statement. */
function likeDurableObject(port: SqlPort): DurableObjectSqlStorage {
  return {
    sql: {
      exec: (sql, ...parameters) => {
        if (/^\s*(begin|savepoint)/i.test(sql)) throw new Error('use transactionSync() instead');
        const rows = port.query(sql, ...parameters);
        return {
          raw: () =>
            rows.map((row) => row.map((cell) => (cell instanceof Uint8Array ? cell.slice().buffer : cell))),
        };
      },
    },
    transactionSync: <Result>(callback: () => Result): Result => {
      let result: { readonly value: Result } | undefined;
      port.transaction(() => {
        result = { value: callback() };
      });
      if (result === undefined) throw new Error('the callback was not called');
      return result.value;
    },
  };
}

test('the storage of a Durable Object has the shape that the port asks for', () => {
  expectTypeOf<DurableObjectStorage>().toExtend<DurableObjectSqlStorage>();
  expect(
    durableObjectSqlPort(likeDurableObject(openNodeSqlite())).query("SELECT x'0102', 1, 'a', NULL"),
  ).toEqual([[Uint8Array.of(1, 2), 1, 'a', null]]);
});

function rowsWritten(port: SqlPort, work: () => void): number {
  const total = () => Number(port.query('SELECT total_changes()')[0]?.[0]);
  const before = total();
  work();
  return total() - before;
}

function rowCount(port: SqlPort, table: string): number {
  return Number(port.query(`SELECT count(*) FROM ${table}`)[0]?.[0]);
}

test('a turn of one statement needs no transaction; of one that takes more, all is written or nothing', () => {
  for (const { entries, statements } of [
    { entries: 1, statements: 1 },
    { entries: 16, statements: 1 },
    { entries: 17, statements: 2 },
    { entries: 40, statements: 3 },
  ]) {
    const sqlite = openNodeSqlite();
    let queries = 0;
    let transactions = 0;
    const port: SqlPort = {
      query(sql, ...parameters) {
        queries += 1;
        if (queries === 2) throw new Error('the second statement fails');
        return sqlite.query(sql, ...parameters);
      },
      transaction(callback) {
        transactions += 1;
        return sqlite.transaction(callback);
      },
    };
    queries = Number.NEGATIVE_INFINITY;
    const storage = openedOn(port);
    [queries, transactions] = [0, 0];
    const turn = storeTurn({ append: Array.from({ length: entries }, (_, at) => command(at + 1, 1)) });
    const write = () => storage.write(turn);
    if (statements === 1) write();
    else expect(write).toThrow('the second statement fails');
    expect(transactions, `${entries} entries`).toBe(statements === 1 ? 0 : 1);
    expect(rowCount(sqlite, 'log'), `${entries} entries`).toBe(statements === 1 ? entries : 0);
  }
});

test('a turn writes one row for consensus, one for each entry and one for each changed row', () => {
  const port = openNodeSqlite();
  const storage = openedOn(port);
  const hardState = { term: asTerm(1), votedFor: asReplicaId(1) };
  const through = logId(1, 1);
  expect(rowsWritten(port, () => storage.write(storeTurn({ hardState })))).toBe(1);
  expect(rowsWritten(port, () => storage.write(storeTurn({ append: [command(1, 1)] })))).toBe(1);
  expect(rowsWritten(port, () => storage.write(storeTurn({ append: [command(2, 1)], touch: true })))).toBe(1);
  const changes = new Map([['key', Uint8Array.of(1)]]);
  expect(rowsWritten(port, () => storage.write({ store: undefined, applied: { through, changes } }))).toBe(2);
  const both = {
    ...storeTurn({
      hardState: { ...hardState, term: asTerm(2) },
      append: [command(3, 2)],
      compactThrough: through,
    }),
    applied: { through: logId(2, 1), changes },
  };
  // The record, the entry and the row.
  expect(rowsWritten(port, () => storage.write(both))).toBe(3);
  // In the place of the compacted one.
  expect(rowsWritten(port, () => storage.write(storeTurn({ append: [command(4, 2)] })))).toBe(1);
  expect(rowCount(port, 'log')).toBe(3);
  expect(rowsWritten(port, () => storage.write(storeTurn({})))).toBe(0);
});

test('a touch writes one row even if there is nothing to store', () => {
  const port = openNodeSqlite();
  const storage = openedOn(port);
  for (let turn = 0; turn < 3; turn += 1) {
    expect(rowsWritten(port, () => storage.write(storeTurn({ touch: true })))).toBe(1);
  }
});

/** Of which the log keeps two entries, after a turn that compacts the others. */
function compactedTo2(storage: SqlStorage, entries: number, payloadBytes = 1): void {
  const append = Array.from({ length: entries }, (_, at) => ({
    ...command(at + 1, 1),
    payload: new Uint8Array(payloadBytes),
  }));
  storage.write({ ...storeTurn({ append }), applied: { through: logId(entries, 1), changes: new Map() } });
  storage.write(storeTurn({ compactThrough: logId(entries - 2, 1) }));
}

test('the rows of compacted entries are written over, also after a restart, and are none of the log', () => {
  const port = openNodeSqlite();
  compactedTo2(openedOn(port), 35);
  for (let index = 36; index <= 60; index += 4) {
    const storage = openedOn(port);
    const append = [0, 1, 2, 3].map((more) => command(index + more, 1));
    expect(rowsWritten(port, () => storage.write(storeTurn({ append })))).toBe(4);
  }
  expect(rowCount(port, 'log')).toBe(35);
  const { entries } = storageOn(port).open(MEMBERSHIP).state;
  expect(entries.map(({ index }) => index)).toEqual(Array.from({ length: 30 }, (_, at) => 34 + at));
});

test('entries that are cut off are not found again, and what comes in their place lies in free rows', () => {
  const port = openNodeSqlite();
  const storage = openedOn(port);
  compactedTo2(storage, 10);
  storage.write(storeTurn({ truncateFrom: asIndex(10), append: [command(10, 2, 7)] }));
  expect(rowCount(port, 'log')).toBe(9);
  expect(storageOn(port).open(MEMBERSHIP).state.entries).toEqual([
    { ...command(9, 1), payload: new Uint8Array(1) },
    command(10, 2, 7),
  ]);
});

test('on a disk that is short of room free rows are deleted, a few a turn, also after a restart', () => {
  const port = openNodeSqlite();
  let isShort = false;
  const options = { deletedRowsMax: 10, shortage: () => (isShort ? 'short' : undefined) };
  compactedTo2(openedOn(port, options), 35);
  expect(rowCount(port, 'log')).toBe(35);
  isShort = true;
  const storage = openedOn(port, options);
  const rows = [25, 15, 5, 2, 2];
  for (const left of rows) {
    storage.write(storeTurn({ touch: true }));
    expect(rowCount(port, 'log')).toBe(left);
  }
});

test('free rows that are many, or hold many bytes, are deleted until they are few enough', () => {
  const many = openNodeSqlite();
  compactedTo2(openedOn(many), 4200);
  expect(rowCount(many, 'log')).toBe(2 + 4096);
  const large = openNodeSqlite();
  compactedTo2(openedOn(large), 12, 1 << 20);
  expect(rowCount(large, 'log')).toBe(2 + 8);
});

test('only an open view costs copies of rows, and closing it frees them', () => {
  const port = openNodeSqlite();
  const storage = openedOn(port);
  storage.write(storeTurn({ append: [command(1, 1)] }));
  const write = (value: number) =>
    storage.write({
      store: undefined,
      applied: { through: logId(1, 1), changes: new Map([['key', Uint8Array.of(value)]]) },
    });
  write(1);
  expect(rowCount(port, 'preimage')).toBe(0);
  const view = storage.openView();
  write(2);
  write(3);
  expect(rowCount(port, 'preimage')).toBe(1);
  view.close();
  expect(rowCount(port, 'preimage')).toBe(0);
  write(4);
  expect(rowCount(port, 'preimage')).toBe(0);
  storage.openView();
  write(5);
  expect(rowCount(port, 'preimage')).toBe(1);
  openedOn(port);
  expect(rowCount(port, 'preimage')).toBe(0);
});

test('an installed snapshot leaves nothing in the staging table', () => {
  const port = openNodeSqlite();
  const storage = openedOn(port);
  const install = {
    snapshot: { ...logId(5, 1), membership: MEMBERSHIP },
    stream: 'stream',
    cursor: '',
    nextCursor: '',
    data: chunkOf(new Map([['key', Uint8Array.of(1)]])),
    done: true,
  };
  storage.write(storeTurn({ install, compactThrough: logId(5, 1) }));
  const newer = { ...install, snapshot: { ...install.snapshot, ...logId(6, 1) } };
  storage.write(storeTurn({ install: newer, compactThrough: logId(6, 1) }));
  expect(rowCount(port, 'state_0') + rowCount(port, 'state_1')).toBe(1);
});

test('a disk of an unknown format is refused and left as it is', () => {
  const port = openNodeSqlite();
  openedOn(port);
  port.query("UPDATE meta SET value = 7 WHERE key = 'format'");
  const before = port.query('SELECT * FROM meta');
  expect(() => openedOn(port)).toThrow(FormatError);
  expect(() => openedOn(port)).toThrow(`format 7; this code knows format ${DISK_FORMAT}. Deploy`);
  expect(port.query('SELECT * FROM meta')).toEqual(before);
});

test('whichever statement of a turn fails, nothing of the turn is left behind', () => {
  const append = Array.from({ length: 30 }, (_, at) => command(at + 2, 1));
  const turn = {
    ...storeTurn({
      hardState: { term: asTerm(2), votedFor: undefined },
      append,
      compactThrough: logId(1, 1),
    }),
    applied: {
      through: logId(2, 1),
      changes: new Map([
        ['new', Uint8Array.of(1)],
        ['old', undefined],
      ]),
    },
  };
  let failures = 0;
  for (let failAt = 0; ; failAt += 1) {
    const port = openNodeSqlite();
    let countdown = Number.POSITIVE_INFINITY;
    const failing: SqlPort = {
      ...port,
      query: (sql, ...parameters) => {
        countdown -= 1;
        if (countdown < 0) throw new Error('disk failure');
        return port.query(sql, ...parameters);
      },
    };
    const storage = openedOn(failing);
    storage.write({
      ...storeTurn({ append: [command(1, 1)] }),
      applied: { through: logId(1, 1), changes: new Map([['old', Uint8Array.of(9)]]) },
    });
    storage.openView();
    const before = contents(port);
    countdown = failAt;
    try {
      storage.write(turn);
      break;
    } catch (error) {
      expect(error).toHaveProperty('message', 'disk failure');
      failures += 1;
    }
    expect(contents(port)).toEqual(before);
  }
  expect(failures).toBeGreaterThan(5);
});

function contents(port: SqlPort): unknown {
  return ['meta', 'log', 'state_0', 'large_0', 'state_1', 'large_1', 'preimage'].map((table) =>
    port.query(`SELECT * FROM ${table}`),
  );
}

test('a transaction cannot be async', () => {
  const port = openNodeSqlite();
  // @ts-expect-error An async callback would write after the transaction has ended.
  const result = port.transaction(async () => 1);
  expect(result).toBeInstanceOf(Promise);
  expect(port.transaction(() => 1)).toBe(1);
});

test('a scan of large rows reads no more than it answers, in the table and in a view; keys need no values, whatever is changed elsewhere', () => {
  const port = openNodeSqlite();
  let bytesRead = 0;
  const storage = openedOn({
    ...port,
    query: (sql, ...parameters) => {
      const rows = port.query(sql, ...parameters);
      for (const cell of rows.flat()) bytesRead += cell instanceof Uint8Array ? cell.byteLength : 0;
      return rows;
    },
  });
  const rows = Array.from({ length: 20 }, (_, at) => [`row-${at}`, new Uint8Array(1000)] as const);
  const through = logId(1, 1);
  storage.write({
    ...storeTurn({ append: [command(1, 1)] }),
    applied: { through, changes: new Map(rows) },
  });
  for (const reader of [storage.table, storage.openView()]) {
    bytesRead = 0;
    expect(reader.scan({ from: '', to: undefined }, { rowsMax: 100, bytesMax: 3500 })).toHaveLength(3);
    expect(bytesRead).toBeLessThan(4000);
  }
  const changedElsewhere = new OverlayTable(storage.table);
  changedElsewhere.put('elsewhere', new Uint8Array(1));
  for (const reader of [storage.table, changedElsewhere]) {
    bytesRead = 0;
    expect(reader.keys({ from: 'row-', to: 'row.' }, { rowsMax: 100, bytesMax: 3500 })).toHaveLength(3);
    expect(bytesRead).toBeLessThan(1000);
  }
});

test('large rows of the state are not in the tree that is searched: to pass one would mean to read all of it', () => {
  const port = openNodeSqlite();
  openedOn(port);
  const isTree = (table: string) =>
    port.query('SELECT wr FROM pragma_table_list WHERE name = ?', table)[0]?.[0] === 1;
  expect(['state_0', 'state_1'].map(isTree)).toEqual([true, true]);
  expect(['large_0', 'large_1', 'preimage'].map(isTree)).toEqual([false, false, false]);
});

test('a row lies where rows of its size do, and in one place only, however its value changes', () => {
  const port = openNodeSqlite();
  const storage = openedOn(port);
  const sizes = [
    10,
    SMALL_VALUE_BYTES_MAX,
    SMALL_VALUE_BYTES_MAX + 1,
    100_000,
    5,
    undefined,
    3000,
    undefined,
  ];
  let index = 0;
  for (const size of sizes) {
    index += 1;
    const value = size === undefined ? undefined : new Uint8Array(size).fill(index);
    const changes = new Map([['key', value]]);
    storage.write({
      ...storeTurn({ append: [command(index, 1)] }),
      applied: { through: logId(index, 1), changes },
    });
    expect(storage.table.get('key')).toEqual(value);
    expect(storage.openView().scan({ from: '', to: undefined }, { rowsMax: 9, bytesMax: 1e6 })).toHaveLength(
      value ? 1 : 0,
    );
    const isSmall = size !== undefined && size <= SMALL_VALUE_BYTES_MAX;
    expect(['state_0', 'large_0'].map((table) => rowCount(port, table))).toEqual([
      isSmall ? 1 : 0,
      value === undefined || isSmall ? 0 : 1,
    ]);
  }
});

test('a page of rows is read in the order of their keys, and nothing is sorted', () => {
  const port = openNodeSqlite();
  const plans: string[] = [];
  const storage = openedOn({
    ...port,
    query: (sql, ...parameters) => {
      if (/ORDER BY key/.test(sql))
        plans.push(...port.query(`EXPLAIN QUERY PLAN ${sql}`, ...parameters).map((row) => String(row[3])));
      return port.query(sql, ...parameters);
    },
  });
  const limit = { rowsMax: 10, bytesMax: 1000 };
  plans.length = 0;
  storage.table.scan({ from: 'a', to: 'b' }, limit);
  storage.openView().scan({ from: 'a', to: 'b' }, limit);
  expect(plans.length).toBeGreaterThan(0);
  expect(plans.filter((step) => step.includes('TEMP B-TREE') || step.startsWith('SCAN'))).toEqual([]);
});
