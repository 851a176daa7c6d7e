import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEFAULT_KV_SETTINGS, SHARDS_MAX, shardRange } from '../../../src/kv/index.ts';
import { keyProblem } from '../../../src/protocol/index.ts';
import { MemoryTable } from '../../../tools/memory-storage/index.ts';
import { append, appended, clientAt, openStore, put, rowsIn, START_MS } from './support/store.ts';

const EVERYTHING = { from: '', to: undefined };

describe('rows', () => {
  test('all rows of a shard are in its range, and no row of another, whatever the keys', () => {
    const keys = fc.oneof(
      fc.string({ unit: 'grapheme', minLength: 1 }).filter((key) => keyProblem(key) === undefined),
      fc.constantFrom(' ', '~', '~~', '\u0000', '\u{10ffff}', '0003d'),
    );
    const writes = fc.array(
      fc.record({ shard: fc.constantFrom(0, 3, 4, 0x10, 0xff, SHARDS_MAX - 1), key: keys }),
    );
    fc.assert(
      fc.property(writes, (all) => {
        const store = openStore();
        all.forEach(({ shard, key }, at) => {
          store.call({ shard, sequence: at + 1, command: put(key, '') });
        });
        const shards = new Set(all.map(({ shard }) => shard));
        const rows = rowsIn(store.table, EVERYTHING);
        expect([...shards].sort((a, b) => a - b).flatMap((shard) => store.rows(shard))).toEqual(rows);
        for (const shard of shards) {
          const keysOfShard = new Set(all.filter((write) => write.shard === shard).map(({ key }) => key));
          expect(store.rows(shard)).toHaveLength(keysOfShard.size + 2);
        }
      }),
    );
  });

  test.each([-1, SHARDS_MAX, 1.5])('there is no shard %d', (shard) => {
    expect(() => shardRange(shard)).toThrow('no shard');
  });

  test('a shard that moves takes its versions, its sessions and its clock along', () => {
    const source = openStore();
    const call = { sequence: 1, command: append('key', 'a') };
    const timeMs = START_MS + 5;
    const reply = source.call({ ...call, timeMs });
    source.call({ shard: 4, sequence: 2, command: put('other', '') });

    const rows = rowsIn(source.table, shardRange(3));
    const moved = openStore({}, new MemoryTable(rows.map(({ key, value }) => [key, value])));
    expect(moved.call({ ...call, timeMs: START_MS })).toEqual(reply);
    const next = { sequence: 2, command: append('key', 'b') };
    expect(moved.call(next)).toEqual(appended(2, 2, 'a'));
    const idleMs = timeMs + DEFAULT_KV_SETTINGS.sessionTtlMs;
    expect(moved.call({ ...next, timeMs: idleMs - 1 }).type).toBe('appended');
    moved.call({ client: clientAt(idleMs), sequence: 1, command: put('key', ''), timeMs: idleMs });
    expect(moved.call(next).type).toBe('session-expired');
    expect(moved.rows(4)).toEqual([]);
  });

  test('a shard that is stored in an unknown format is not touched', () => {
    const store = openStore();
    store.call({ sequence: 1, command: put('key', '') });
    const rows = store.rows();
    const meta = store.table.get('0003m');
    expect(meta?.[0]).toBe(3);
    if (meta !== undefined) meta[0] = 4;
    expect(() => store.call({ sequence: 2, command: put('key', 'a') })).toThrow('format 4 is unknown');
    expect(store.rows()).toEqual(rows);
  });
});
