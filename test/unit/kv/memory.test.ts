import { describe, expect, test } from 'vitest';
import { formatClientId } from '../../../src/kv/index.ts';
import { append, bytesOf, openStore, put, remove, START_MS } from './support/store.ts';

/** The course's bounds on what the duplicate table may keep (6.5840 lab 2, TestMem*). */
describe('memory', () => {
  test('a get leaves no row', () => {
    const store = openStore();
    store.call({ sequence: 1, command: put('key', 'value') });
    const rows = store.rows();
    for (let count = 0; count < 100; count += 1) store.get('key');
    store.get('absent');
    store.get('key', 9);
    expect(store.rows()).toEqual(rows);
    expect(store.rows(9)).toEqual([]);
  });

  test('a put writes three rows: the value, the session, the shard', () => {
    const store = openStore();
    store.call({ sequence: 1, command: put('key', 'value') });
    expect(store.rows()).toHaveLength(3);
    store.call({ sequence: 2, command: put('key', 'value') });
    expect(store.rows()).toHaveLength(3);
  });

  test('100,000 clients that put 1000 bytes leave at most 200 bytes each, where so many are kept', () => {
    const store = openStore({ sessionsMax: 100_000, sessionBytesMax: 200 * 100_000 });
    const clients = 100_000;
    const value = new Uint8Array(1000);
    for (let at = 0; at < clients; at += 1) {
      const client = formatClientId(START_MS + at, `${at}-0123456789abcdef`);
      store.call({ client, sequence: 1, command: { type: 'put', key: 'key', value }, timeMs: START_MS + at });
    }
    const sessions = store.sessionRows();
    expect(sessions).toHaveLength(clients);
    expect(bytesOf(sessions) / clients).toBeLessThanOrEqual(200);
    expect(store.rows()).toHaveLength(clients + 2);
  });

  test('1000 appends of 1000 bytes by one client keep the value and the last reply only, where it is kept', () => {
    const store = openStore({ keptPreviousBytesMax: 1000 * 1000, sessionBytesMax: 2000 * 1000 });
    for (let sequence = 1; sequence <= 1000; sequence += 1) {
      store.call({ sequence, command: append('key', 'x'.repeat(1000)) });
    }
    expect(bytesOf(store.rows())).toBeLessThan(1000 * 1000 + 999 * 1000 + 500);
    expect(bytesOf(store.sessionRows())).toBeGreaterThan(999 * 1000);
  });

  test("a client's next put frees the reply to its append", () => {
    const store = openStore({ keptPreviousBytesMax: 100_000 });
    store.call({ sequence: 1, command: put('key', 'x'.repeat(100_000)) });
    store.call({ sequence: 2, command: append('key', 'x') });
    expect(bytesOf(store.sessionRows())).toBeGreaterThan(100_000);
    store.call({ sequence: 3, command: put('key', '') });
    expect(bytesOf(store.rows())).toBeLessThan(200);
  });

  test('empty appends of many clients to one large value keep the value once', () => {
    const store = openStore();
    store.call({ sequence: 1, command: put('key', 'x'.repeat(1 << 20)) });
    for (let at = 0; at < 200; at += 1) {
      const client = formatClientId(START_MS, `once${at}`);
      expect(store.call({ client, sequence: 1, command: append('key', '') }).type).toBe('appended');
    }
    expect(bytesOf(store.rows())).toBeLessThan((1 << 20) + 201 * 150);
  });

  test('a delete leaves nothing of the key', () => {
    const store = openStore();
    store.call({ sequence: 1, command: put('key', 'value') });
    store.call({ sequence: 2, command: remove('key') });
    expect(store.rows().map(({ key }) => key[4])).toEqual(['m', 's']);
  });
});
