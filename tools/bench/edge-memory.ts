/**
 * What the store takes in memory while very many clients at once read, write or append values of the largest size. Beside
 * them honest clients of small values go on, and are counted.
 */

import { request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { LIMITS, PATHS } from '../../src/protocol/index.ts';
import { MemoryWatch } from './process-memory.ts';
import { put } from './requests.ts';

export interface EdgeMemoryOptions {
  readonly url: string;
  /** The process whose memory is watched, with all that it has started. */
  readonly pid: number;
  readonly clients: number;
}

export interface EdgeMemoryReport {
  readonly what: string;
  readonly answers: ReadonlyMap<string, number>;
  readonly bytesBefore: number;
  readonly bytesPeak: number;
  /** What the fullest replica accounts for, of all the times that it was asked. */
  readonly replicaBytesPeak: number;
  readonly ms: number;
}

interface Scenario {
  readonly what: string;
  readonly method: 'GET' | 'PUT' | 'POST';
  readonly body: Uint8Array | undefined;
  /** Clients that take so long to take their answer, for who is slow holds what he was sent. */
  readonly takesMs: number;
}

const LARGEST = new Uint8Array(LIMITS.valueBytesMax).fill(0x62);
const KEYS = 64;
const STATUS_PAUSE_MS = 50;
const SETTLE_MS = 2000;

const SCENARIOS: readonly Scenario[] = [
  { what: 'reads', method: 'GET', body: undefined, takesMs: 0 },
  { what: 'reads by slow clients', method: 'GET', body: undefined, takesMs: 3000 },
  { what: 'writes', method: 'PUT', body: LARGEST, takesMs: 0 },
  { what: 'empty appends', method: 'POST', body: new Uint8Array(0), takesMs: 0 },
];

export async function* measureEdgeMemory(options: EdgeMemoryOptions): AsyncGenerator<EdgeMemoryReport> {
  for (let key = 0; key < KEYS; key += 1) await put(options.url, keyOf(key), LARGEST);
  const memory = new MemoryWatch(options.pid);
  try {
    for (const scenario of SCENARIOS) {
      await pause(SETTLE_MS);
      yield await measure(options, scenario, memory);
    }
  } finally {
    memory.stop();
  }
}

async function measure(
  { url, clients }: EdgeMemoryOptions,
  scenario: Scenario,
  memory: MemoryWatch,
): Promise<EdgeMemoryReport> {
  const bytesBefore = memory.nowBytes;
  memory.takePeakBytes();
  const status = new StatusWatch(url);
  const answers = new Map<string, number>();
  const beganMs = performance.now();
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      const answer = await ask(url, keyOf(client % KEYS), scenario);
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
    }),
  );
  const ms = performance.now() - beganMs;
  const bytesPeak = memory.takePeakBytes();
  return { what: scenario.what, answers, bytesBefore, bytesPeak, replicaBytesPeak: await status.stop(), ms };
}

const keyOf = (number: number): string => `edge-memory-${number}`;

/** Status and code. The body is let go as it comes, since this process has its own memory. */
function ask(url: string, key: string, { method, body, takesMs }: Scenario): Promise<string> {
  return new Promise((resolve) => {
    const asked = request(`${url}${PATHS.kv}/${key}`, { method, agent: false }, (response) => {
      const isProblem = response.headers['content-type'] === 'application/problem+json';
      let problem = '';
      response.on('data', (chunk: Buffer) => {
        if (isProblem) problem += chunk.toString();
      });
      response.on('error', () => resolve('broken off'));
      response.on('end', () =>
        resolve(`${response.statusCode}${isProblem ? ` ${JSON.parse(problem).code}` : ''}`),
      );
      if (takesMs > 0) {
        response.pause();
        setTimeout(() => response.resume(), takesMs);
      }
    });
    asked.on('error', (error: Error & { code?: string }) => resolve(error.code ?? 'broken off'));
    asked.end(body);
  });
}

/** Asks for the status again and again. */
class StatusWatch {
  readonly #url: string;
  readonly #ended: Promise<void>;
  #stopped = false;
  #peakBytes = 0;

  constructor(url: string) {
    this.#url = url;
    this.#ended = this.#watch();
  }

  async stop(): Promise<number> {
    this.#stopped = true;
    await this.#ended;
    return this.#peakBytes;
  }

  async #watch(): Promise<void> {
    while (!this.#stopped) {
      const response = await fetch(`${this.#url}${PATHS.status}`).catch(() => undefined);
      const status = response?.ok === true ? await response.json().catch(() => undefined) : undefined;
      for (const bytes of memoryBytesOf(status)) this.#peakBytes = Math.max(this.#peakBytes, bytes);
      await pause(STATUS_PAUSE_MS);
    }
  }
}

interface ClusterStatus {
  readonly groups: readonly { readonly replicas: readonly { readonly memoryBytes?: { total: number } }[] }[];
}

function memoryBytesOf(status: unknown): readonly number[] {
  const groups = (status as ClusterStatus | undefined)?.groups ?? [];
  return groups.flatMap(({ replicas }) => replicas.map(({ memoryBytes }) => memoryBytes?.total ?? 0));
}
