import { expect, test } from 'vitest';
import { OverlayTable, openSqlTable } from '../../../src/storage/index.ts';
import { openNodeSqlite } from '../../../tools/harness/node-sqlite.ts';
import { MemoryTable } from '../../../tools/memory-storage/index.ts';
import { bytes, tableSuite } from './table-suite.ts';

tableSuite('MemoryTable', () => new MemoryTable());
tableSuite('a table in SQLite', () => openSqlTable(openNodeSqlite()));
tableSuite('OverlayTable over a table in memory', () => new OverlayTable(new MemoryTable()));
tableSuite('OverlayTable over rows that it hides', () => {
  const base = openSqlTable(openNodeSqlite());
  for (let at = 0; at < 100; at += 1) base.put(`a-${at}`, bytes(1, 2, 3));
  const overlay = new OverlayTable(base);
  for (let at = 0; at < 100; at += 1) overlay.delete(`a-${at}`);
  return overlay;
});

test('an overlay keeps its changes from the table below, and names them', () => {
  const base = new MemoryTable();
  base.put('changed', bytes(1));
  base.put('deleted', bytes(2));
  base.put('kept', bytes(3));
  const overlay = new OverlayTable(base);
  overlay.put('changed', bytes(10));
  overlay.delete('deleted');
  overlay.put('new', bytes(4));
  expect(overlay.changes).toEqual(
    new Map([
      ['changed', bytes(10)],
      ['deleted', undefined],
      ['new', bytes(4)],
    ]),
  );
  expect(overlay.get('deleted')).toBeUndefined();
  expect(overlay.get('kept')).toEqual(bytes(3));
  expect(base.get('changed')).toEqual(bytes(1));
  expect(base.get('deleted')).toEqual(bytes(2));
  expect(base.get('new')).toBeUndefined();
});

test('a table in SQLite is there again when its disk is opened again', () => {
  const port = openNodeSqlite();
  openSqlTable(port).put('key', bytes(1));
  expect(openSqlTable(port).get('key')).toEqual(bytes(1));
});
