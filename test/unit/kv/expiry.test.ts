import { describe, expect, test } from 'vitest';
import { clientIdRenewMs, DEFAULT_KV_SETTINGS, formatClientId, issuedAtMs } from '../../../src/kv/index.ts';
import {
  ALICE,
  append,
  BOB,
  bytesOf,
  clientAt,
  openStore,
  put,
  START_MS,
  type Store,
  textOf,
} from './support/store.ts';

const { sessionOpenWindowMs: WINDOW_MS, sessionTtlMs: TTL_MS } = DEFAULT_KV_SETTINGS;
const SWEEP_MS = DEFAULT_KV_SETTINGS.sessionSweepIntervalMs;

describe('a session opens', () => {
  test.each([
    ['however long ago its id was issued, as long as nobody later was forgotten', 100 * TTL_MS, 'written'],
    ['for an id that is ahead of the clock by the window', -WINDOW_MS, 'written'],
    ['for none that is further ahead', -WINDOW_MS - 1, 'session-expired'],
  ])('%s', (_, offsetMs, type) => {
    const call = { sequence: 1, command: put('key', ''), timeMs: START_MS + offsetMs };
    expect(openStore().call(call).type).toBe(type);
  });

  test('with an id issued at the time that a refusal names', () => {
    const store = openStore({ sessionsMax: 1 });
    store.call({ client: BOB, sequence: 1, command: put('key', '') });
    store.call({ client: clientAt(START_MS + 5), sequence: 1, command: put('key', '') });
    const refusal = store.call({ client: ALICE, sequence: 1, command: put('key', '') });
    expect(refusal).toEqual({ type: 'session-expired', timeMs: START_MS + 6 });
    const client = formatClientId(START_MS + 6, 'alice');
    expect(issuedAtMs(client, DEFAULT_KV_SETTINGS)).toBe(START_MS + 6);
    expect(store.call({ client, sequence: 1, command: put('key', '') }).type).toBe('written');
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

  test('never under settings that would put an id which was just issued behind the horizon (kv.E4)', () => {
    const store = openStore({ sessionTtlMs: 2 * WINDOW_MS });
    expect(() => store.call({ sequence: 1, command: put('key', '') })).toThrow('kv.E4');
  });
});

describe("a shard's clock (kv.K6)", () => {
  const YEAR_MS = 365 * 24 * 3_600_000;

  test('is not taken along by one leader whose clock is far ahead: all go on writing', () => {
    const store = openStore();
    store.call({ sequence: 1, command: put('key', ''), timeMs: START_MS + YEAR_MS });
    for (const atMs of [1, 1000, WINDOW_MS, TTL_MS, 2 * TTL_MS]) {
      const timeMs = START_MS + atMs;
      const client = clientAt(timeMs);
      expect(store.call({ client, sequence: 1, command: put('key', ''), timeMs }).type).toBe('written');
    }
  });

  test('is at most the window ahead of the latest id, however many commands a wrong leader stamps', () => {
    const store = openStore();
    for (let sequence = 1; sequence <= 100; sequence += 1) {
      store.call({ sequence, command: put('key', ''), timeMs: START_MS + YEAR_MS });
    }
    const tooFarMs = START_MS + 2 * WINDOW_MS + 1;
    expect(
      store.call({ client: clientAt(tooFarMs), sequence: 1, command: put('key', ''), timeMs: START_MS }),
    ).toEqual({ type: 'session-expired', timeMs: START_MS + WINDOW_MS });
  });

  test('comes to the present with the first command after a year of rest', () => {
    const store = openStore();
    store.call({ sequence: 1, command: put('key', '') });
    const timeMs = START_MS + YEAR_MS;
    expect(store.call({ client: clientAt(timeMs), sequence: 1, command: put('key', ''), timeMs }).type).toBe(
      'written',
    );
    expect(
      store.call({ client: clientAt(timeMs, 'b'), sequence: 1, command: put('key', ''), timeMs }).type,
    ).toBe('written');
  });

  test('that both clocks took far ahead keeps nobody from writing when they are right again', () => {
    const store = openStore();
    store.call({ sequence: 1, command: put('key', '') });
    const wrongMs = START_MS + YEAR_MS;
    store.call({ client: clientAt(wrongMs), sequence: 1, command: put('key', ''), timeMs: wrongMs });
    const timeMs = START_MS + 1000;
    const client = clientAt(timeMs, 'right');
    expect(store.call({ client, sequence: 1, command: append('key', 'a'), timeMs }).type).toBe('appended');
    expect(store.call({ client, sequence: 2, command: append('key', 'b'), timeMs }).type).toBe('appended');
  });
});

describe('a session', () => {
  test('stays usable while it is active, however old its id is', () => {
    const store = openStore();
    for (let sequence = 1; sequence <= 20; sequence += 1) {
      const timeMs = START_MS + (sequence - 1) * (TTL_MS - 1);
      expect(store.call({ sequence, command: append('key', 'a'), timeMs }).type).toBe('appended');
      store.call({ client: clientAt(timeMs), sequence: 1, command: put('clock', ''), timeMs });
    }
    expect(textOf(store.get('key'))).toBe('a'.repeat(20));
  });

  test('is forgotten a time to live after its last write, and its last command is not executed again', () => {
    const store = openStore();
    const call = { sequence: 1, command: append('key', 'a') };
    const reply = store.call(call);
    const tick = (timeMs: number) =>
      store.call({ client: clientAt(timeMs), sequence: 1, command: put('clock', ''), timeMs });
    tick(START_MS + TTL_MS - 1);
    expect(store.call(call)).toEqual(reply);
    const timeMs = START_MS + TTL_MS + SWEEP_MS;
    tick(timeMs);
    expect(store.call(call)).toEqual({ type: 'session-expired', timeMs });
    expect(store.call({ ...call, sequence: 2 })).toEqual({ type: 'session-expired', timeMs });
    // Whatever a later leader's clock says.
    expect(store.call({ ...call, timeMs: START_MS })).toEqual({ type: 'session-expired', timeMs });
    expect(textOf(store.get('key'))).toBe('a');
  });
});

describe('at the bound (kv.E3)', () => {
  const settings = { sessionsMax: 3 };
  const named = (at: number) => clientAt(START_MS + at, `client${at}`);
  const write = (store: Store, at: number, sequence = 1) =>
    store.call({ client: named(at), sequence, command: append('key', `${at},`) });

  function openFullStore(): Store {
    const store = openStore(settings);
    for (const at of [1, 2, 3]) write(store, at);
    return store;
  }

  test('the session with the earliest id makes room, and its client is told', () => {
    const store = openFullStore();
    expect(write(store, 4).type).toBe('appended');
    expect(store.sessionRows()).toHaveLength(3);
    expect(write(store, 1).type).toBe('session-expired');
    expect(write(store, 1, 2).type).toBe('session-expired');
    expect(write(store, 2, 2).type).toBe('appended');
    expect(textOf(store.get('key'))).toBe('1,2,3,4,2,');
  });

  test('an id that is earlier than all that are kept makes no room for itself', () => {
    const store = openFullStore();
    expect(write(store, 0).type).toBe('session-expired');
    expect(store.sessionRows()).toHaveLength(3);
    expect(write(store, 1, 2).type).toBe('appended');
  });

  test('whoever takes an id now can write, and resend, however many others come', () => {
    const store = openStore({ sessionsMax: 50 });
    for (let at = 0; at < 2000; at += 1) {
      expect(write(store, at).type).toBe('appended');
      if (at % 40 === 0) expect(write(store, at)).toMatchObject({ type: 'appended' });
    }
    expect(store.sessionRows()).toHaveLength(50);
  });

  test('bytes count as well as sessions', () => {
    const store = openStore({ sessionBytesMax: 1000 });
    for (let at = 0; at < 100; at += 1) write(store, at);
    expect(bytesOf(store.sessionRows())).toBeLessThanOrEqual(1000);
    expect(store.sessionRows().length).toBeGreaterThan(5);
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
    const client = clientAt(timeMs);
    for (let sequence = 2; sequence <= 20; sequence += 1) {
      store.call({ client, sequence, command: put('key', ''), timeMs });
    }
    expect(store.sessionRows().map(({ key }) => key.slice(5))).toEqual([ALICE, client]);
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
