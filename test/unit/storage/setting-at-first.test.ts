import { expect, test } from 'vitest';
import { DamagedDiskError, SqlStorage, settingAtFirst } from '../../../src/storage/index.ts';
import { openNodeSqlite } from '../../../tools/harness/node-sqlite.ts';
import { MEMBERSHIP } from './storage-model.ts';

const open = (port: ReturnType<typeof openNodeSqlite>) =>
  new SqlStorage(port, { whenDurable: (onDurable) => onDurable() }).open(MEMBERSHIP);

test('a disk keeps what a setting was when it was made, and is none the less new for it', () => {
  const port = openNodeSqlite(':memory:');
  expect(settingAtFirst(port, 'SHARDS', 64)).toBe(64);
  // As after a crash right here.
  expect(settingAtFirst(port, 'SHARDS', 32)).toBe(64);
  expect(open(port).incarnation).toBe(1);
  expect(settingAtFirst(port, 'SHARDS', 32)).toBe(64);
  expect(open(port).incarnation).toBe(2);
});

test('a disk that was made without a note says nothing, and gets none', () => {
  const port = openNodeSqlite(':memory:');
  open(port);
  expect(settingAtFirst(port, 'SHARDS', 64)).toBeUndefined();
  expect(settingAtFirst(port, 'SHARDS', 64)).toBeUndefined();
});

test('the disk of other code is left as it is', () => {
  const port = openNodeSqlite(':memory:');
  // Without checksums, and another number.
  port.query('CREATE TABLE meta (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID');
  port.query("INSERT INTO meta VALUES ('format', 1)");
  expect(settingAtFirst(port, 'SHARDS', 64)).toBeUndefined();
  expect(port.query('SELECT key FROM meta')).toEqual([['format']]);
});

test('a note that has changed is damage', () => {
  const port = openNodeSqlite(':memory:');
  settingAtFirst(port, 'SHARDS', 64);
  port.query("UPDATE meta SET value = x'3332' WHERE key = 'setting-SHARDS'");
  expect(() => settingAtFirst(port, 'SHARDS', 64)).toThrow(DamagedDiskError);
});
