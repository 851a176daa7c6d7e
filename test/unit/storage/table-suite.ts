/** What every `Table` does, whatever it is made of. Runs in Node and inside workerd. */

import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { keyAfter, type Row, type Table } from '../../../src/storage/index.ts';
import { arbitraryKey, arbitraryLimit, arbitraryRange, arbitraryValue, KEYS } from './arbitraries.ts';
import { byBytes, naiveScan } from './naive-table.ts';
import { checksIn, HERE, type Host } from './suite.ts';

const ALL = { from: '', to: undefined };
const NO_LIMIT = { rowsMax: 1000, bytesMax: 1 << 20 };

const arbitraryStep = fc.oneof(
  fc.record({ type: fc.constant('put' as const), key: arbitraryKey, value: arbitraryValue }),
  fc.record({ type: fc.constant('delete' as const), key: arbitraryKey }),
  fc.record({ type: fc.constant('get' as const), key: arbitraryKey }),
  fc.record({ type: fc.constant('scan' as const), range: arbitraryRange, limit: arbitraryLimit }),
);

export function tableSuite(name: string, emptyTable: () => Table, host: Host = HERE): void {
  const check = checksIn(host);
  describe(name, () => {
    check('a row is read back as it was put, until it is deleted', () => {
      const table = emptyTable();
      expect(table.get('key')).toBeUndefined();
      table.put('key', bytes(1, 2));
      table.put('key', bytes(3));
      expect(table.get('key')).toEqual(bytes(3));
      table.delete('key');
      table.delete('key');
      expect(table.get('key')).toBeUndefined();
    });

    check('a row may grow and shrink, and is there once', () => {
      const table = emptyTable();
      const small = { key: 'b', value: bytes(1) };
      for (const length of [1, 2000, 3000, 100, 2048, 2047, 2049, 0]) {
        const value = new Uint8Array(length);
        for (const row of [{ key: 'a', value }, small]) table.put(row.key, row.value);
        expect(table.get('a')).toEqual(value);
        expect(table.scan(ALL, NO_LIMIT)).toEqual([{ key: 'a', value }, small]);
        expect(table.keys(ALL, NO_LIMIT)).toEqual(['a', 'b']);
      }
      table.put('b', new Uint8Array(2000));
      table.delete('b');
      table.delete('a');
      expect(table.scan(ALL, NO_LIMIT)).toEqual([]);
    });

    check('an empty key and an empty value are a row like any other', () => {
      const table = emptyTable();
      table.put('', bytes());
      expect(table.get('')).toEqual(bytes());
      expect(table.scan(ALL, NO_LIMIT)).toEqual([{ key: '', value: bytes() }]);
    });

    check('a scan is in the order of code points, not of UTF-16 units', () => {
      const table = emptyTable();
      for (const key of [...KEYS].reverse()) table.put(key, bytes());
      expect(table.scan(ALL, NO_LIMIT).map(({ key }) => key)).toEqual([...KEYS].sort(byBytes));
    });

    check('a scan ends before its upper bound and begins at its lower', () => {
      const table = emptyTable();
      for (const key of ['a', 'b', 'b\0', 'c']) table.put(key, bytes(1));
      expect(table.scan({ from: 'b', to: 'c' }, NO_LIMIT).map(({ key }) => key)).toEqual(['b', 'b\0']);
      expect(table.scan({ from: 'c', to: 'b' }, NO_LIMIT)).toEqual([]);
    });

    check('a scan stops at each limit, but not before its first row', () => {
      const table = emptyTable();
      for (const key of ['a', 'b', 'c', 'd']) table.put(key, bytes(1, 2, 3));
      expect(table.scan(ALL, { rowsMax: 2, bytesMax: 1000 })).toHaveLength(2);
      expect(table.scan(ALL, { rowsMax: 9, bytesMax: 12 })).toHaveLength(3);
      expect(table.scan(ALL, { rowsMax: 9, bytesMax: 11 })).toHaveLength(2);
      expect(table.scan(ALL, { rowsMax: 9, bytesMax: 1 })).toHaveLength(1);
    });

    check('scans that go on after the last key see each of many rows once', () => {
      const table = emptyTable();
      const keys = Array.from({ length: 200 }, (_, at) => `key-${String(at).padStart(3, '0')}`);
      for (const key of keys) table.put(key, bytes(7));
      const seen: Row[] = [];
      for (let from = ''; ; ) {
        const rows = table.scan({ from, to: undefined }, { rowsMax: 70, bytesMax: 1 << 20 });
        seen.push(...rows);
        const last = rows.at(-1);
        if (last === undefined) break;
        from = keyAfter(last.key);
      }
      expect(seen.map(({ key }) => key)).toEqual(keys);
      expect(table.keys(ALL, { rowsMax: 500, bytesMax: 1 << 20 })).toEqual(keys);
    });

    check('a key without UTF-8 form and a row above the limit are refused', () => {
      const table = emptyTable();
      expect(() => table.put('\ud83d', bytes())).toThrow('lone surrogate');
      expect(() => table.put('key', new Uint8Array(2_000_000))).toThrow('ROW_BYTES_MAX');
      expect(table.scan(ALL, NO_LIMIT)).toEqual([]);
    });

    check('random puts, deletes, gets and scans answer as a plain map does', () => {
      fc.assert(
        fc.property(fc.array(arbitraryStep, { maxLength: 40 }), (steps) => {
          const table = emptyTable();
          const model = new Map<string, Uint8Array>();
          for (const step of steps) {
            switch (step.type) {
              case 'put':
                table.put(step.key, step.value);
                model.set(step.key, step.value);
                break;
              case 'delete':
                table.delete(step.key);
                model.delete(step.key);
                break;
              case 'get':
                expect(table.get(step.key)).toEqual(model.get(step.key));
                break;
              case 'scan': {
                const rows = naiveScan(model, step.range, step.limit);
                expect(table.scan(step.range, step.limit)).toEqual(rows);
                expect(table.keys(step.range, step.limit)).toEqual(rows.map(({ key }) => key));
                break;
              }
            }
          }
          expect(table.scan(ALL, NO_LIMIT)).toEqual(naiveScan(model, ALL, NO_LIMIT));
        }),
        { numRuns: 100 },
      );
    });
  });
}

export function bytes(...values: number[]): Uint8Array {
  return Uint8Array.from(values);
}
