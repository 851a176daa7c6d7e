import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Command,
  type CommandResult,
  DEFAULT_KV_SETTINGS,
  formatClientId,
  type KvSettings,
} from '../../../src/kv/index.ts';
import { metaKey } from '../../../src/kv/rows.ts';
import { SHARD_META } from '../../../src/kv/shard-meta.ts';
import type { Table } from '../../../src/storage/index.ts';
import { MemoryTable } from '../../../tools/memory-storage/index.ts';
import { forgetfulTable } from './support/forgetful-table.ts';
import { openNaiveStore } from './support/naive-store.ts';
import {
  append,
  bytesOf,
  type Call,
  isMetaRow,
  isSessionRow,
  openStore,
  put,
  remove,
  stamp,
  textOf,
} from './support/store.ts';

/** So small that a few random numbers meet every boundary, and as tight as kv.E4 allows. */
const SETTINGS: KvSettings = {
  ...DEFAULT_KV_SETTINGS,
  valueBytesMax: 6,
  sessionOpenWindowMs: 10,
  sessionTtlMs: 21,
  sessionSweepIntervalMs: 5,
  sweepRowsMax: 2,
  sessionsMax: 3,
  keptPreviousBytesMax: 3,
};
const APPEND_SETTINGS: KvSettings = { ...SETTINGS, valueBytesMax: 10_000 };
const END_MS = 80;
const SHARDS = [0, 1];
const KEYS = ['a', 'b'];

const times = fc.integer({ min: 0, max: END_MS });
const clients = fc.tuple(times, fc.constantFrom('x', 'y')).map(([ms, random]) => formatClientId(ms, random));
const texts = fc.constantFrom('', 'v', 'wxyz');
const commands: fc.Arbitrary<Command> = fc
  .tuple(fc.constantFrom(put, append, remove), fc.constantFrom(...KEYS), texts)
  .map(([change, key, text]) => change(key, text));

/** Calls of a few clients, in any order and at any time: resent, skipped, overtaken, reused, early, late. */
const histories: fc.Arbitrary<readonly Call[]> = fc
  .array(clients, { minLength: 1, maxLength: 4 })
  .chain((some) => {
    const call = fc.record({
      client: fc.constantFrom(...some),
      sequence: fc.integer({ min: 1, max: 4 }),
      shard: fc.constantFrom(...SHARDS),
      command: commands,
    });
    const calls = fc.array(call, { minLength: 1, maxLength: 12 });
    return calls.chain((first) =>
      fc.array(fc.record({ call: fc.constantFrom(...first), timeMs: times }), { maxLength: 60 }),
    );
  })
  .map((resends) => resends.map(({ call, timeMs }) => ({ ...call, timeMs })));

/** A client's calls, each appending a token that no other appends, sent any number of times at any time. */
const appendHistories: fc.Arbitrary<readonly Call[]> = fc
  .array(clients, { minLength: 1, maxLength: 3 })
  .chain((some) => {
    const call = fc.record({
      client: fc.constantFrom(...some),
      sequence: fc.integer({ min: 1, max: 3 }),
      timeMs: times,
    });
    return fc.array(call, { minLength: 1, maxLength: 30 });
  })
  .map((calls) =>
    calls.map((call) => ({ ...call, command: append('key', `<${call.client}/${call.sequence}>`) })),
  );

function isWrite(result: CommandResult): result is CommandResult & { readonly version: number } {
  return 'version' in result;
}

/** kv.K1: every token is in the value at most once. */
function executesAtMostOnce(openTable: () => Table): fc.IProperty<[readonly Call[]]> {
  return fc.property(appendHistories, (calls) => {
    const store = openStore(APPEND_SETTINGS, openTable());
    for (const call of calls) store.call(call);
    const tokens = textOf(store.get('key')).match(/<[^>]*>/g) ?? [];
    expect(tokens).toEqual([...new Set(tokens)]);
  });
}

/** kv.K3: the versions of what was executed are 1, 2, 3, … */
function neverRepeatsAVersion(openTable: () => Table): fc.IProperty<[readonly Call[]]> {
  return fc.property(appendHistories, (calls) => {
    const store = openStore(APPEND_SETTINGS, openTable());
    const versions = new Set(
      calls
        .map((call) => store.call(call))
        .filter(isWrite)
        .map(({ version }) => version),
    );
    expect([...versions]).toEqual([...versions].map((_, at) => at + 1));
    expect(versions.size).toBe(textOf(store.get('key')).split('>').length - 1);
  });
}

const RUNS = { numRuns: 1000 };
const openTable = () => new MemoryTable();
const openTableWithoutSessions = () => forgetfulTable(new MemoryTable(), isSessionRow);
const openTableWithoutShardRows = () => forgetfulTable(new MemoryTable(), isMetaRow);

describe('exactly once', () => {
  test('the state machine answers and stores what one does that remembers everything, or that the session has expired', () => {
    fc.assert(
      fc.property(histories, (calls) => {
        const store = openStore(SETTINGS);
        const naive = openNaiveStore(SETTINGS);
        for (const call of calls) {
          const result = store.call(call);
          if (result.type !== 'session-expired') expect(result).toEqual(naive.apply(stamp(call)));
        }
        for (const shard of SHARDS) {
          for (const key of KEYS) {
            const result = store.get(key, shard);
            expect(result.type === 'found' ? textOf(result) : undefined).toBe(naive.value(shard, key));
          }
        }
      }),
      RUNS,
    );
  });

  test('random histories meet every result there is', () => {
    const types = fc.sample(histories, { numRuns: 1000, seed: 1 }).flatMap((calls) => {
      const store = openStore(SETTINGS);
      return calls.map((call) => store.call(call).type);
    });
    expect([...new Set(types)].sort()).toEqual([
      'appended',
      'deleted',
      'sequence-reused',
      'sequence-stale',
      'session-expired',
      'value-too-large',
      'written',
    ]);
  });

  test('a shard keeps no more sessions than it may, and knows how many it has and how large (kv.E3)', () => {
    fc.assert(
      fc.property(histories, fc.integer({ min: 60, max: 300 }), (calls, sessionBytesMax) => {
        const settings = { ...SETTINGS, sessionBytesMax };
        const store = openStore(settings);
        for (const call of calls) {
          store.call(call);
          const { shard } = call;
          const rows = store.sessionRows(shard);
          const meta = store.table.get(metaKey(shard ?? 0));
          expect(meta && SHARD_META.decode(meta).ledger).toMatchObject({
            sessions: rows.length,
            bytes: bytesOf(rows),
          });
          expect(rows.length).toBeLessThanOrEqual(settings.sessionsMax);
          if (rows.length > 1) expect(bytesOf(rows)).toBeLessThanOrEqual(sessionBytesMax);
        }
      }),
      RUNS,
    );
  });

  test('the same commands leave the same rows', () => {
    fc.assert(
      fc.property(histories, (calls) => {
        const stores = [openStore(SETTINGS), openStore(SETTINGS)];
        for (const store of stores) for (const call of calls) store.call(call);
        const [rows, same] = stores.map((store) => SHARDS.map((shard) => store.rows(shard)));
        expect(rows).toEqual(same);
      }),
    );
  });

  test('no command is executed twice, whenever it is sent again (kv.K1)', () => {
    fc.assert(executesAtMostOnce(openTable), RUNS);
  });

  test('no version is given twice (kv.K3)', () => {
    fc.assert(neverRepeatsAVersion(openTable), RUNS);
  });
});

describe('these properties catch a replica', () => {
  test.each([
    ['that forgets sessions (kv.K1)', executesAtMostOnce(openTableWithoutSessions)],
    ["that forgets the shard's horizon (kv.K1)", executesAtMostOnce(openTableWithoutShardRows)],
    ["that forgets the shard's revision (kv.K3)", neverRepeatsAVersion(openTableWithoutShardRows)],
  ])('%s', (_, property) => {
    expect(fc.check(property, { ...RUNS, seed: 1 }).failed).toBe(true);
  });
});
