import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { checksum, encodeText, FormatError } from '../../../src/codec/index.ts';
import { DamagedDiskError, type SqlPort, SqlStorage } from '../../../src/storage/index.ts';
import { type NodeSqlite, openNodeSqlite } from '../../../tools/harness/node-sqlite.ts';
import { storeTurn } from './replica-storage-suite.ts';
import { command, logId, MEMBERSHIP } from './storage-model.ts';

const ROWS = 150;
const ENTRIES = 40;
const EVERYTHING = { from: '', to: undefined };
const NO_LIMIT = { rowsMax: 10_000, bytesMax: 1 << 30 };

const directory = mkdtempSync(join(tmpdir(), 'flotilla-damage-'));
const sound = join(directory, 'sound.sqlite');
const damaged = join(directory, 'damaged.sqlite');
const rows = new Map(
  Array.from({ length: ROWS }, (_, at) => [
    `${String(at % 7).padStart(4, '0')}dkey-${at}`,
    Uint8Array.from({ length: at % 29 === 0 ? 2100 + at : (at * 37) % 900 }, (_, byte) => (byte * at) % 256),
  ]),
);

beforeAll(() => {
  const port = openNodeSqlite(sound);
  const storage = new SqlStorage(port, { whenDurable: (onDurable) => onDurable() });
  storage.open(MEMBERSHIP);
  const append = Array.from({ length: ENTRIES }, (_, at) => command(at + 1, 1, at, at, at));
  storage.write({ ...storeTurn({ append }), applied: { through: logId(ENTRIES, 1), changes: rows } });
  port.close();
});

afterAll(() => rmSync(directory, { recursive: true }));

/** The disk with these bytes in the place of others. */
function withBytes<Result>(change: (bytes: Buffer) => void, use: (port: NodeSqlite) => Result): Result {
  const bytes = readFileSync(sound);
  change(bytes);
  writeFileSync(damaged, bytes);
  const port = openNodeSqlite(damaged);
  try {
    return use(port);
  } finally {
    port.close();
  }
}

function changed<Result>(sql: string, use: (port: NodeSqlite) => Result): Result {
  copyFileSync(sound, damaged);
  const port = openNodeSqlite(damaged);
  try {
    port.query(sql);
    return use(port);
  } finally {
    port.close();
  }
}

function opened(port: SqlPort, onDamage = (_: DamagedDiskError): void => {}): SqlStorage {
  const storage = new SqlStorage(port, { whenDurable: (onDurable) => onDurable(), onDamage });
  storage.open(MEMBERSHIP);
  return storage;
}

/** All that a replica would be told, or the refusal. */
function readAll(port: SqlPort): unknown {
  try {
    const storage = new SqlStorage(port, { whenDurable: (onDurable) => onDurable() });
    const { state } = storage.open(MEMBERSHIP);
    const found = Array.from(rows.keys(), (key) => [key, storage.table.get(key)]);
    return {
      entries: state.entries,
      applied: state.applied,
      found,
      scanned: storage.table.scan(EVERYTHING, NO_LIMIT),
    };
  } catch (error) {
    if (error instanceof DamagedDiskError || error instanceof FormatError) return 'refused';
    throw error;
  }
}

test('a changed byte anywhere in the file is noticed or changes nothing', () => {
  const expected = withBytes(() => {}, readAll);
  expect(expected).not.toBe('refused');
  let refusals = 0;
  const { length } = readFileSync(sound);
  const flip = fc.tuple(fc.nat(length - 1), fc.integer({ min: 1, max: 255 }));
  fc.assert(
    fc.property(flip, ([at, mask]) => {
      const found = withBytes((bytes) => {
        bytes[at] = (bytes[at] ?? 0) ^ mask;
      }, readAll);
      if (found === 'refused') refusals += 1;
      else expect(found).toEqual(expected);
    }),
    { numRuns: 300 },
  );
  expect(refusals).toBeGreaterThan(150);
});

test('a changed byte of the header, which says how the file is to be read, is noticed or changes nothing', () => {
  const expected = withBytes(() => {}, readAll);
  for (let at = 0; at < 100; at += 1) {
    for (const mask of [0x01, 0x80, 0xff]) {
      const found = withBytes((bytes) => {
        bytes[at] = (bytes[at] ?? 0) ^ mask;
      }, readAll);
      if (found !== 'refused') expect(found, `byte ${at}`).toEqual(expected);
    }
  }
});

test('a zeroed page and a file that was cut short are noticed', () => {
  const pages = readFileSync(sound).length / 4096;
  for (let page = 0; page < pages; page += 1) {
    expect(
      withBytes((bytes) => bytes.fill(0, page * 4096, (page + 1) * 4096), readAll),
      `page ${page}`,
    ).toBe('refused');
  }
});

test('the refusal names the table and the kind of row, and no key of a user', () => {
  changed(`UPDATE state_0 SET value = x'00' WHERE key = CAST('0003dkey-3' AS BLOB)`, (port) => {
    expect(() => opened(port)).toThrow('a row "0003d…" of table state_0 has a wrong checksum');
  });
});

test('a row that lies under the key of another is noticed', () => {
  const sql = `UPDATE state_0 SET value = (SELECT value FROM state_0 WHERE key = CAST('0002dkey-9' AS BLOB)),
    sum = (SELECT sum FROM state_0 WHERE key = CAST('0002dkey-9' AS BLOB)) WHERE key = CAST('0001dkey-8' AS BLOB)`;
  changed(sql, (port) => expect(() => opened(port)).toThrow('"0001d…"'));
});

test('an entry of the log that is changed, under another index, or missing is noticed', () => {
  for (const sql of [
    `UPDATE log SET payload = x'ff' WHERE idx = 7`,
    `UPDATE log SET term = 2 WHERE idx = ${ENTRIES}`,
    `UPDATE log SET kind = 'noop' WHERE idx = 7`,
    'DELETE FROM log WHERE idx = 7',
  ]) {
    changed(sql, (port) => expect(() => opened(port), sql).toThrow(/entry \d+ of the log/));
  }
});

test('the record of the replica is read only if it is as it was written', () => {
  changed("UPDATE meta SET sum = sum + 1 WHERE key = 'replica'", (port) =>
    expect(() => opened(port)).toThrow('"replica/…" of table meta'),
  );
});

test('a disk is not taken for a new one because the record or the format is not found', () => {
  for (const key of ['replica', 'format']) {
    changed(`UPDATE meta SET key = 'x' || key WHERE key = '${key}'`, (port) =>
      expect(() => opened(port), key).toThrow(DamagedDiskError),
    );
  }
});

test('after damage every call fails, the owner is told once, and later lives know of it', () => {
  copyFileSync(sound, damaged);
  const port = openNodeSqlite(damaged);
  const onDamage = vi.fn();
  const storage = opened(port, onDamage);
  port.query(`UPDATE state_0 SET value = x'00' WHERE key = CAST('0003dkey-3' AS BLOB)`);
  expect(storage.table.get('0002dkey-9')).toEqual(rows.get('0002dkey-9'));
  expect(() => storage.table.get('0003dkey-3')).toThrow(DamagedDiskError);
  expect(() => storage.table.get('0002dkey-9')).toThrow(DamagedDiskError);
  expect(() => storage.write(storeTurn({ append: [command(ENTRIES + 1, 1)] }))).toThrow(DamagedDiskError);
  expect(onDamage).toHaveBeenCalledOnce();

  // Even if nobody would meet the row any more.
  port.query(`DELETE FROM state_0 WHERE key = CAST('0003dkey-3' AS BLOB)`);
  expect(() => opened(port)).toThrow('"0003d…" of table state_0');
  port.close();
});

test('the checksum is XXH32', () => {
  expect(checksum(new Uint8Array(0))).toBe(0x02cc5d05);
  expect(checksum(encodeText('a'))).toBe(0x550d7456);
  expect(checksum(encodeText('abc'))).toBe(0x32d153ff);
  expect(checksum(encodeText('Nobody inspects the spammish repetition'))).toBe(0xe2293b2f);
});
