/**
 * Hundreds of groups are joined by one request: a few at a time are taken up, and who reads meanwhile is served. Bounds
 * are those of a slow machine; what they exclude is that all groups start at once, when each read took 4 to 12 s.
 */

import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LocalCluster } from '../../tools/harness/local-cluster.ts';

const GROUPS = 250;
const WATCHED_MS = 15_000;
const PAUSE_MS = 50;
const READ_MEDIAN_MS_MAX = 1500;
const READ_MS_MAX = 6000;
/** The status has 2 s to ask replicas, twice, and each has half a second to answer. */
const STATUS_MEDIAN_MS_MAX = 4000;
const TEST_MS = 100_000;

const cluster = new LocalCluster({ vars: { SHARDS: 256 } });

beforeAll(() => cluster.start());
afterAll(() => cluster.stop());

interface Asked {
  readonly status: number;
  readonly text: string;
  readonly tookMs: number;
}

async function ask(path: string, init: RequestInit = {}): Promise<Asked> {
  const beganMs = performance.now();
  const response = await fetch(`${cluster.url}${path}`, init);
  const text = await response.text();
  return { status: response.status, text, tookMs: performance.now() - beganMs };
}

async function askUntil(path: string, endsMs: number): Promise<readonly Asked[]> {
  const asked: Asked[] = [];
  while (performance.now() < endsMs) {
    asked.push(await ask(path));
    await pause(PAUSE_MS);
  }
  return asked;
}

function median(asked: readonly Asked[]): number {
  const times = asked.map(({ tookMs }) => tookMs).toSorted((a, b) => a - b);
  return times[Math.floor(times.length / 2)] ?? Number.POSITIVE_INFINITY;
}

test(
  `while ${GROUPS} groups join, reads are served and the status answers`,
  async () => {
    expect((await ask('/v1/kv/k', { method: 'PUT', body: 'kept' })).status).toBe(204);
    const groups = Array.from({ length: GROUPS }, (_, at) => at + 2);
    const endsMs = performance.now() + WATCHED_MS;
    const joining = ask('/v1/cluster/join', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ groups }),
    });
    const [joined, reads, statuses] = await Promise.all([
      joining,
      askUntil('/v1/kv/k', endsMs),
      askUntil('/v1/status', endsMs),
    ]);
    expect(joined.status).toBe(200);
    expect(reads.filter(({ status, text }) => status !== 200 || text !== 'kept')).toEqual([]);
    expect(Math.max(...reads.map(({ tookMs }) => tookMs))).toBeLessThan(READ_MS_MAX);
    expect(median(reads)).toBeLessThan(READ_MEDIAN_MS_MAX);
    expect(new Set(statuses.map(({ status }) => status))).toEqual(new Set([200]));
    expect(median(statuses)).toBeLessThan(STATUS_MEDIAN_MS_MAX);

    const { configuration } = JSON.parse((await ask('/v1/cluster')).text) as {
      configuration: { readonly number: number; readonly groups: readonly unknown[] };
    };
    // Configuration 1 has the first group, each later one four more.
    const { number, groups: taken } = configuration;
    expect(taken.length).toBeLessThanOrEqual(1 + 4 * (number - 1));
    expect(taken.length).toBeGreaterThan(1);
    expect(taken.length).toBeLessThan(GROUPS);
  },
  TEST_MS,
);
