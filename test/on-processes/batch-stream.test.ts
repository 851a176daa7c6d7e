/** Streams of operations on a real workerd, whose requests have bounds of their own: of timers, of time, of calls. */

import { request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LIMITS, PATHS } from '../../src/protocol/index.ts';
import { MemoryWatch } from '../../tools/bench/process-memory.ts';
import { LocalCluster } from '../../tools/harness/local-cluster.ts';

const LONG_STREAM = 110_000;
const LONG_MS = 40_000;
const TEST_MS = 300_000;
const ROUNDS = 10;
/** MiB, since each reads so much. */
const READS = 60;
const GROWTH_BYTES_MAX = 128 << 20;

const cluster = new LocalCluster();
beforeAll(() => cluster.start(), TEST_MS);
afterAll(() => cluster.stop());

/** A stream that is open in both directions. */
class Stream {
  readonly #request;
  readonly #answered: Promise<void>;
  readonly statuses = new Map<number, number>();
  count = 0;

  constructor() {
    const { hostname: host, port } = new URL(cluster.url);
    const headers = { 'content-type': 'application/x-ndjson' };
    this.#request = request({ host, port, method: 'POST', path: PATHS.batch, headers });
    this.#answered = new Promise((resolve, reject) => {
      this.#request.on('error', reject);
      this.#request.on('response', (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
          const lines = text.split('\n');
          text = lines.pop() ?? '';
          for (const line of lines) this.#count(line);
        });
        response.on('error', reject);
        response.on('end', resolve);
      });
    });
    this.#answered.catch(() => {});
  }

  async send(operations: readonly object[]): Promise<void> {
    const text = operations.map((operation) => `${JSON.stringify(operation)}\n`).join('');
    const isTaken = this.#request.write(text);
    if (!isTaken) await new Promise((resolve) => this.#request.once('drain', resolve));
  }

  async end(): Promise<void> {
    this.#request.end();
    await this.#answered;
  }

  leave(): void {
    this.#request.destroy();
  }

  #count(line: string): void {
    const { status } = JSON.parse(line);
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
    this.count += 1;
  }
}

const puts = (prefix: string, from: number, count: number) =>
  Array.from({ length: count }, (_, at) => ({ op: 'put', key: `${prefix}-${from + at}`, value: 'v' }));

test(
  'a stream of more than a hundred thousand puts is carried out to its end',
  async () => {
    const stream = new Stream();
    // Keys that were written before: the stream is what is tested, and not the growth of a disk.
    for (let sent = 0; sent < LONG_STREAM; sent += 500) await stream.send(puts('long', sent % 5000, 500));
    await stream.end();
    expect([...stream.statuses]).toEqual([[204, LONG_STREAM]]);
  },
  TEST_MS,
);

test(
  'a stream that is slow, and moves, goes on for longer than a request without a client may',
  async () => {
    const stream = new Stream();
    const beganMs = performance.now();
    let sent = 0;
    for (; performance.now() - beganMs < LONG_MS; sent += 20) {
      await stream.send(puts('slow', sent % 1000, 20));
      await pause(100);
    }
    await stream.end();
    expect([...stream.statuses]).toEqual([[204, sent]]);
  },
  TEST_MS,
);

test(
  'streams whose clients leave in the middle take nobody along, and others are served at once',
  async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const leaving = Array.from({ length: 4 }, () => new Stream());
      const staying = new Stream();
      for (const [at, stream] of leaving.entries()) await stream.send(puts(`leave-${at}`, 0, 300));
      await staying.send(puts('stay', 0, 300));
      await pause(round * 5);
      for (const stream of leaving) stream.leave();
      await staying.send(puts('stay', 300, 300));
      await staying.end();
      expect([...staying.statuses], `round ${round}`).toEqual([[204, 600]]);
    }
    const beganMs = performance.now();
    const single = await fetch(`${cluster.url}${PATHS.kv}/after`, { method: 'PUT', body: 'x' });
    expect(single.status).toBe(204);
    expect(performance.now() - beganMs).toBeLessThan(5000);
  },
  TEST_MS,
);

test(
  'large values are read for a client no faster than it takes them',
  async () => {
    const value = 'v'.repeat(LIMITS.valueBytesMax);
    const keys = Array.from({ length: 10 }, (_, at) => `large-${at}`);
    for (const key of keys) {
      const put = await fetch(`${cluster.url}${PATHS.kv}/${key}`, { method: 'PUT', body: value });
      expect(put.status).toBe(204);
    }
    const memory = new MemoryWatch(cluster.pid);
    const beforeBytes = memory.nowBytes;
    const lines = Array.from(
      { length: READS },
      (_, at) => `{"op":"get","key":"${keys[at % keys.length]}"}\n`,
    );
    const headers = { 'content-type': 'application/x-ndjson' };
    const response = await fetch(`${cluster.url}${PATHS.batch}`, {
      method: 'POST',
      headers,
      body: lines.join(''),
    });
    await pause(5000);
    expect(memory.takePeakBytes() - beforeBytes).toBeLessThan(GROWTH_BYTES_MAX);
    memory.stop();
    const results = (await response.text()).trimEnd().split('\n');
    const lengths = results.map((line) => JSON.parse(line).value?.length ?? line);
    expect(lengths).toEqual(lines.map(() => LIMITS.valueBytesMax));
  },
  TEST_MS,
);
