import { describe, expect, test } from 'vitest';
import { clientIdRenewMs, DEFAULT_KV_SETTINGS, formatClientId, issuedAtMs } from '../../../src/kv/index.ts';
import { ALICE, append, BOB, openStore, put, START_MS, textOf } from './support/store.ts';

const { sessionOpenWindowMs: WINDOW_MS, sessionTtlMs: TTL_MS } = DEFAULT_KV_SETTINGS;
const SWEEP_MS = DEFAULT_KV_SETTINGS.sessionSweepIntervalMs;

describe('a session opens', () => {
  test.each([
    ['as long after its id was issued as the window is', WINDOW_MS, 'written'],
    ['as long before', -WINDOW_MS, 'written'],
    ['no later', WINDOW_MS + 1, 'session-expired'],
    ['no earlier', -WINDOW_MS - 1, 'session-expired'],
  ])('%s', (_, offsetMs, type) => {
    const call = { sequence: 1, command: put('key', ''), timeMs: START_MS + offsetMs };
    expect(openStore().call(call).type).toBe(type);
  });

  test('with an id issued at the time that a refusal names', () => {
    const store = openStore();
    const timeMs = START_MS + 365 * TTL_MS;
    const refusal = store.call({ sequence: 1, command: put('key', ''), timeMs });
    expect(refusal).toEqual({ type: 'session-expired', timeMs });
    const client = formatClientId(timeMs, 'alice');
    expect(issuedAtMs(client, DEFAULT_KV_SETTINGS)).toBe(timeMs);
    expect(store.call({ client, sequence: 1, command: put('key', ''), timeMs }).type).toBe('written');
  });

  test('in any shard for a client that renews its id in time, also by a resend half a window later', () => {
    const store = openStore();
    const renewMs = clientIdRenewMs(DEFAULT_KV_SETTINGS);
    for (let timeMs = START_MS; timeMs < START_MS + 5 * TTL_MS; timeMs += WINDOW_MS / 8) {
      const client = formatClientId(timeMs - ((timeMs - START_MS) % renewMs), 'alice');
      const shard = Math.floor((timeMs - START_MS) / WINDOW_MS);
      const late = timeMs + WINDOW_MS / 2;
      const call = { client, shard, sequence: timeMs, command: put('key', '') };
      expect(store.call({ ...call, timeMs: late }).type).toBe('written');
    }
  });

  test('never under settings that would let a forgotten client open a second one (kv.E3)', () => {
    const store = openStore({ sessionTtlMs: 2 * WINDOW_MS });
    expect(() => store.call({ sequence: 1, command: put('key', '') })).toThrow('kv.E3');
  });
});

describe('a session', () => {
  test('stays usable while it is active, however old its id is', () => {
    const store = openStore();
    for (let sequence = 1; sequence <= 20; sequence += 1) {
      const timeMs = START_MS + (sequence - 1) * (TTL_MS - 1);
      expect(store.call({ sequence, command: append('key', 'a'), timeMs }).type).toBe('appended');
    }
    expect(textOf(store.get('key'))).toBe('a'.repeat(20));
  });

  test('expires a time to live after its last write, and its last command is not executed again', () => {
    const store = openStore();
    const call = { sequence: 1, command: append('key', 'a') };
    const reply = store.call(call);
    expect(store.call({ ...call, timeMs: START_MS + TTL_MS - 1 })).toEqual(reply);
    const timeMs = START_MS + TTL_MS;
    expect(store.call({ ...call, timeMs })).toEqual({ type: 'session-expired', timeMs });
    expect(store.call({ ...call, sequence: 2, timeMs })).toEqual({ type: 'session-expired', timeMs });
    expect(textOf(store.get('key'))).toBe('a');
  });

  test('that has expired stays so when a later leader has a slower clock', () => {
    const store = openStore();
    const call = { sequence: 1, command: append('key', 'a') };
    store.call(call);
    const timeMs = START_MS + TTL_MS;
    store.call({ ...call, timeMs });
    expect(store.call({ ...call, timeMs: START_MS })).toEqual({ type: 'session-expired', timeMs });
    expect(textOf(store.get('key'))).toBe('a');
  });

  test('that was refused because its id is too old is refused for ever', () => {
    const store = openStore();
    const call = { sequence: 1, command: append('key', 'a') };
    const timeMs = START_MS + WINDOW_MS + 1;
    expect(store.call({ ...call, timeMs })).toEqual({ type: 'session-expired', timeMs });
    expect(store.call({ ...call, timeMs: START_MS })).toEqual({ type: 'session-expired', timeMs });
  });
});

describe('the sweep', () => {
  const clients = Array.from({ length: 1000 }, (_, at) => formatClientId(START_MS, `client${at}`));

  function openFullStore() {
    const store = openStore();
    for (const client of clients) store.call({ client, sequence: 1, command: put('key', '') });
    return store;
  }

  test('removes all expired sessions, a few with each command', () => {
    const store = openFullStore();
    const timeMs = START_MS + TTL_MS;
    const client = formatClientId(timeMs, 'late');
    let before = store.sessionRows().length;
    expect(before).toBe(clients.length);
    for (let sequence = 1; sequence <= 17; sequence += 1) {
      store.call({ client, sequence, command: put('key', ''), timeMs: timeMs + SWEEP_MS });
      const now = store.sessionRows().length;
      expect(before - now).toBeLessThanOrEqual(DEFAULT_KV_SETTINGS.sweepRowsMax);
      before = now;
    }
    expect(before).toBe(1);
  });

  test('keeps sessions that are still active', () => {
    const store = openFullStore();
    store.call({ client: ALICE, sequence: 1, command: put('key', ''), timeMs: START_MS + 1 });
    const timeMs = START_MS + TTL_MS;
    for (let sequence = 2; sequence <= 20; sequence += 1) {
      store.call({ client: ALICE, sequence, command: put('key', ''), timeMs });
    }
    expect(store.sessionRows().map(({ key }) => key.slice(5))).toEqual([ALICE]);
  });

  test('rests for an interval after a pass', () => {
    const store = openStore();
    const sweptMs = START_MS + TTL_MS - 1;
    store.call({ client: BOB, sequence: 1, command: put('key', '') });
    const client = formatClientId(sweptMs, 'late');
    const finishPass = (sequence: number, timeMs: number) => {
      store.call({ client, sequence, command: put('key', ''), timeMs });
      store.call({ client, sequence: sequence + 1, command: put('key', ''), timeMs });
    };
    finishPass(1, sweptMs);
    finishPass(3, sweptMs + SWEEP_MS - 1);
    expect(store.sessionRows()).toHaveLength(2);
    finishPass(5, sweptMs + SWEEP_MS);
    expect(store.sessionRows()).toHaveLength(1);
  });

  test('outruns sessions that come with every command, also when their replies are large', () => {
    const settings = {
      sessionTtlMs: 50,
      sessionOpenWindowMs: 10,
      sessionSweepIntervalMs: 10,
      valueBytesMax: 1000,
    };
    const store = openStore({ ...settings, sweepBytesMax: 4000 });
    store.call({ sequence: 1, command: put('key', 'x'.repeat(1000)) });
    let most = 0;
    for (let at = 1; at <= 2000; at += 1) {
      const timeMs = START_MS + at;
      const client = formatClientId(timeMs, 'once');
      expect(store.call({ client, sequence: 1, command: append('key', ''), timeMs }).type).toBe('appended');
      most = Math.max(most, store.sessionRows().length);
    }
    // The time to live, and the interval, and the commands that a pass over so many takes, at least two each.
    expect(most).toBeLessThan(2 * (50 + 10));
  });
});
