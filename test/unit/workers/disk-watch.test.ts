import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DiskGauge } from '../../../workers/objects/disk-gauge.ts';
import { DiskWatch } from '../../../workers/objects/disk-watch.ts';
import { failureOf, fullDiskSinceMs, noteAnswer, noteFailure } from '../../../workers/objects/failures.ts';

const MIB = 1 << 20;

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  vi.spyOn(console, 'error').mockImplementation(() => {});
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test('a database is short from 80 % of its limit on until it is below 78 %, and the log says so once each time', () => {
  let used = 799;
  const watch = new DiskWatch({
    object: 'group-1/1',
    usedBytes: () => used,
    bytesMax: 1000,
    gauge: undefined,
  });
  const shortageAt = (bytes: number): string | undefined => {
    used = bytes;
    vi.advanceTimersByTime(20);
    return watch.shortage();
  };
  expect(shortageAt(799)).toBeUndefined();
  expect(shortageAt(800)).toMatch(/^disk full since \S+Z: the database holds 800 of 1000 bytes/);
  expect(shortageAt(790)).toContain('790 of 1000');
  expect(shortageAt(779)).toBeUndefined();
  expect(console.warn).toHaveBeenCalledTimes(2);
});

test('a database with ample room is measured once a second, one with little at each step, a full one each time', () => {
  let measured = 0;
  let used = 0;
  const usedBytes = (): number => {
    measured += 1;
    return used;
  };
  const watch = new DiskWatch({ object: 'group-1/1', usedBytes, bytesMax: 10 * 2 ** 30, gauge: undefined });
  const measuredIn = (steps: number): number => {
    const before = measured;
    for (let step = 0; step < steps; step += 1) {
      vi.advanceTimersByTime(10);
      watch.shortage();
    }
    return measured - before;
  };
  expect(measuredIn(1)).toBe(1);
  expect(measuredIn(1000)).toBe(10);
  used = 7.5 * 2 ** 30;
  measuredIn(100);
  expect(measuredIn(1000)).toBe(500);
  used = 9 * 2 ** 30;
  measuredIn(2);
  expect(measuredIn(1000)).toBe(1000);
});

test('where others fill the disk as well, the own file is measured at each step, since what is free of it counts', () => {
  let measured = 0;
  const usedBytes = (): number => {
    measured += 1;
    return 0;
  };
  const { gauge } = gaugeOf({ freeBytes: 90 * MIB });
  const watch = new DiskWatch({ object: 'group-1/1', usedBytes, bytesMax: 10 * 2 ** 30, gauge });
  for (let step = 0; step < 1000; step += 1) {
    vi.advanceTimersByTime(10);
    watch.shortage();
  }
  expect(measured).toBe(500);
});

test('an object whose flush found no room is short for a while, and longer after each trial that fails', () => {
  const full = new Error('database or disk is full: SQLITE_FULL');
  const object = 'group-9/1';
  noteFailure(object, full);
  const sinceMs = Date.now();
  expect(fullDiskSinceMs(object)).toBe(sinceMs);
  vi.advanceTimersByTime(5_000);
  expect(fullDiskSinceMs(object)).toBeUndefined();
  noteFailure(object, full);
  vi.advanceTimersByTime(9_999);
  expect(fullDiskSinceMs(object)).toBe(sinceMs);
  vi.advanceTimersByTime(1);
  expect(fullDiskSinceMs(object)).toBeUndefined();
});

test('why calls fail is kept until one is answered, and logged once a minute', () => {
  for (let second = 0; second < 120; second += 1) {
    noteFailure('group-9/2', new Error(`internal error; reference = ${second}`));
    vi.advanceTimersByTime(1000);
  }
  expect(console.error).toHaveBeenCalledTimes(2);
  expect(failureOf('group-9/2')).toContain('SQLITE_NOTADB');
  noteAnswer('group-9/2');
  expect(failureOf('group-9/2')).toBeUndefined();
});

function gaugeOf(reading: { freeBytes: number; fileBytes?: number; journalBytes?: number }) {
  const host = {
    fetch: vi.fn(async () =>
      Response.json({ totalBytes: 100 * MIB, fileBytes: 0, journalBytes: 0, ...reading }),
    ),
  };
  return { host, gauge: new DiskGauge(host, 'id') };
}

test('a machine is short when less than a fifth of its disk is free, unless the file itself has room', async () => {
  for (const [freeBytes, fileBytes, isShort] of [
    [20 * MIB, 0, false],
    [20 * MIB - 1, 0, true],
    [1, 10 * MIB, true],
    [1, 11 * MIB, false],
  ] as const) {
    const { gauge } = gaugeOf({ freeBytes, fileBytes });
    await gauge.refresh();
    expect(gauge.shortage(10 * MIB, 0, false) !== undefined, `${freeBytes}, ${fileBytes}`).toBe(isShort);
  }
});

test('what was admitted since the last reading counts at the most that it can take', async () => {
  const { gauge, host } = gaugeOf({ freeBytes: 31 * MIB });
  await gauge.refresh();
  const settle = await gauge.admit(MIB);
  expect(gauge.shortage(0, 0, false)).toContain('free');
  expect(host.fetch).toHaveBeenCalledTimes(2);
  settle();
  await gauge.refresh();
  expect(gauge.shortage(0, 0, false)).toBeUndefined();
});

test('what the replicas have not written of their states counts, on the machine and in the file', async () => {
  for (const [freeBytes, fileBytes, keptBytes, isShort] of [
    [26 * MIB, 0, MIB, false],
    [26 * MIB - 1, 0, MIB, true],
    [1, 12 * MIB, 1.25 * MIB, false],
    [1, 12 * MIB, 1.25 * MIB + 1, true],
  ] as const) {
    const { gauge } = gaugeOf({ freeBytes, fileBytes });
    await gauge.refresh();
    const shortage = gauge.shortage(10 * MIB, keptBytes, false);
    expect(shortage !== undefined, `${freeBytes}, ${fileBytes}, ${keptBytes}`).toBe(isShort);
  }
});

test('a journal is given back only where it matters', async () => {
  for (const [freeBytes, journalBytes, must] of [
    [9 * MIB, MIB, true],
    [11 * MIB, MIB, false],
    [9 * MIB, 1000, false],
  ] as const) {
    const { gauge } = gaugeOf({ freeBytes, journalBytes });
    await gauge.refresh();
    expect(gauge.mustGiveBackJournal).toBe(must);
  }
});
