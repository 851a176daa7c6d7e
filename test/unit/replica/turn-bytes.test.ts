import { describe, expect, test } from 'vitest';
import { DEFAULT_KV_SETTINGS, formatClientId, SESSION_COMMAND } from '../../../src/kv/index.ts';
import { asIndex, asTerm, type Entry, ORIGIN } from '../../../src/raft/index.ts';
import { Execution } from '../../../src/replica/execution.ts';
import { Faults } from '../../../src/replica/faults.ts';
import { BATCH, DEFAULT_REPLICA_LIMITS } from '../../../src/replica/index.ts';
import { asShardId, type StoreResult, WholeStore } from '../../../src/shard/index.ts';
import { OverlayTable, type RowChanges, type Table } from '../../../src/storage/index.ts';
import { MemoryTable } from '../../../tools/memory-storage/index.ts';

const NO_FAULTS = new Faults(undefined, undefined);

const MIB = 1 << 20;
const NOW_MS = 1_700_000_000_000;
const KEYS = 24;
const { turnBytesMax } = DEFAULT_REPLICA_LIMITS;
const machine = new WholeStore(() => asShardId(0), DEFAULT_KV_SETTINGS);

function commandOf(at: number, type: 'put' | 'append', key: string, value: Uint8Array): Uint8Array {
  const session = { client: formatClientId(NOW_MS + at, `client${at}`), sequence: 1 };
  return SESSION_COMMAND.encode({ session, command: { type, key, value } });
}

/** One-byte appends, each to the next of so many values that are almost as large as they may be. */
function smallAppends(count: number, keys: number): Entry {
  const commands = Array.from({ length: count }, (_, at) =>
    commandOf(KEYS + at, 'append', `key-${at % keys}`, new Uint8Array(1)),
  );
  const payload = BATCH.encode({ timeMs: NOW_MS, commands });
  return { index: asIndex(1), term: asTerm(1), kind: 'command', payload };
}

function tableOfLargeValues(): Table {
  const table = new MemoryTable();
  const value = new Uint8Array(MIB - 4096);
  for (let at = 0; at < KEYS; at += 1) {
    machine.apply(table, commandOf(at, 'put', `key-${at}`, value), NOW_MS);
  }
  return table;
}

interface Run {
  readonly turns: readonly number[];
  readonly results: readonly StoreResult[];
}

/** As a replica does it: turn by turn, each written before the next. */
function run(table: Table, entry: Entry, isRestartedEachTurn = false): Run {
  const turns: number[] = [];
  const results: StoreResult[] = [];
  const begin = (): Execution<StoreResult> => {
    const execution = new Execution<StoreResult>(machine, table, ORIGIN, NO_FAULTS);
    const batch = BATCH.decode(entry.payload).commands.map((command) => ({
      command,
      done: (answer: { readonly type: string; readonly result?: StoreResult }) => {
        if (answer.result !== undefined) results.push(answer.result);
      },
    }));
    if (!isRestartedEachTurn) execution.proposed(entry.index, { term: entry.term, batch });
    execution.committed([entry]);
    return execution;
  };
  let execution = begin();
  for (let through = 0; through < entry.index; ) {
    const overlay = new OverlayTable(table);
    const executed = execution.execute(overlay, turnBytesMax);
    turns.push(write(table, overlay.changes));
    for (const answer of executed.answers) answer();
    through = executed.through.index;
    if (isRestartedEachTurn && through < entry.index) execution = begin();
  }
  return { turns, results };
}

function write(table: Table, changes: RowChanges): number {
  let bytes = 0;
  for (const [key, value] of changes) {
    bytes += key.length + (value?.byteLength ?? 0);
    if (value === undefined) table.delete(key);
    else table.put(key, value);
  }
  return bytes;
}

const EVERYTHING = { rowsMax: Number.MAX_SAFE_INTEGER, bytesMax: Number.MAX_SAFE_INTEGER };
const rowsOf = (table: Table) => table.scan({ from: '', to: undefined }, EVERYTHING);

describe('a turn', () => {
  test.each([
    ['one large value', 1],
    ['many large values', KEYS],
  ])('writes no more than its bound and one value, when a few thousand bytes append to %s', (_, keys) => {
    const table = tableOfLargeValues();
    const entry = smallAppends(160, keys);
    expect(entry.payload.byteLength).toBeLessThan(64 * 1024);
    const { turns, results } = run(table, entry);
    for (const bytes of turns) expect(bytes).toBeLessThanOrEqual(turnBytesMax + MIB + 4096);
    expect(results).toHaveLength(160);
    expect(results.map((result) => 'version' in result && result.version)).toEqual(
      Array.from({ length: 160 }, (_, at) => KEYS + at + 1),
    );
  });

  test('that ends within an entry is gone on with after a restart, and the rows are the same', () => {
    const [table, restarted] = [tableOfLargeValues(), tableOfLargeValues()];
    const entry = smallAppends(40, KEYS);
    expect(run(table, entry).turns.length).toBeGreaterThan(5);
    run(restarted, entry, true);
    expect(rowsOf(restarted)).toEqual(rowsOf(table));
  });

  test('of small values takes a whole entry', () => {
    const entry = smallAppends(512, KEYS);
    expect(run(new MemoryTable(), entry).turns).toHaveLength(1);
  });
});

test('a batch gets as many commands as made up a turn when the last ones were executed', () => {
  const execution = new Execution<StoreResult>(machine, new MemoryTable(), ORIGIN, NO_FAULTS);
  expect(execution.commandsIn(turnBytesMax)).toBeGreaterThan(100_000);
  const table = tableOfLargeValues();
  execution.committed([smallAppends(4, KEYS)]);
  execution.execute(new OverlayTable(table), 100 * MIB);
  const heavy = execution.commandsIn(turnBytesMax);
  expect(heavy).toBeGreaterThanOrEqual(3);
  expect(heavy).toBeLessThanOrEqual(8);
});

test('an entry that took the place of an own proposal is not told for it, and who waits hears "unknown"', () => {
  const execution = new Execution<StoreResult>(machine, new MemoryTable(), ORIGIN, NO_FAULTS);
  const heard: string[] = [];
  const command = commandOf(0, 'put', 'key', new Uint8Array(1));
  execution.proposed(1, { term: 1, batch: [{ command, done: ({ type }) => heard.push(type) }] });
  execution.committed([{ ...smallAppends(1, KEYS), term: asTerm(2) }]);
  const { answers } = execution.execute(new OverlayTable(new MemoryTable()), turnBytesMax);
  for (const answer of answers) answer();
  expect(heard).toEqual([]);
  execution.abandon(undefined);
  expect(heard).toEqual(['unknown']);
});
