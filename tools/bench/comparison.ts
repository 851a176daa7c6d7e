/**
 * The replicated store beside the unreplicated one, in turns: A B A B … What the machine does meanwhile (other load,
 * its clock frequency) then hits both alike, and the ratio within a pair means more than either figure.
 */

import { PATHS, type StorePath } from '../../src/protocol/index.ts';
import { keyPath } from '../harness/http-answers.ts';
import { type LoadRequest, type LoadResult, runLoad } from './load.ts';
import { percentile, type Spread, spread } from './statistics.ts';

export interface Workload {
  readonly operation: 'put' | 'get';
  readonly clients: number;
}

export interface Schedule {
  readonly pairs: number;
  readonly roundMs: number;
  readonly warmUpMs: number;
}

export interface StoreFigures {
  readonly operationsPerSecond: Spread;
  /** Medians over the rounds. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Comparison {
  readonly workload: Workload;
  readonly replicated: StoreFigures;
  readonly unreplicated: StoreFigures;
  /** Replicated over unreplicated throughput, pair by pair. */
  readonly ratio: Spread;
}

const KEYS = 1000;
const FILLED_AT_ONCE = 20;
const VALUE = new Uint8Array(100).fill(0x61);

/** Gives each key a value, so that all reads find one. */
export async function fillStores(url: string): Promise<void> {
  for (const store of [PATHS.kv, PATHS.solo]) {
    for (let first = 0; first < KEYS; first += FILLED_AT_ONCE) {
      const puts = Array.from({ length: FILLED_AT_ONCE }, (_, at) => fill(url, store, keyOf(first + at)));
      await Promise.all(puts);
    }
  }
}

async function fill(url: string, store: StorePath, key: string): Promise<void> {
  const response = await fetch(`${url}${keyPath(store, key)}`, { method: 'PUT', body: VALUE });
  if (!response.ok) throw new Error(`${key} could not be filled: ${response.status}`);
}

/** `onPair` is called after each pair of rounds. */
export async function compare(
  url: string,
  workload: Workload,
  schedule: Schedule,
  onPair: () => void,
): Promise<Comparison> {
  const run = (store: StorePath, durationMs: number) =>
    runLoad({ url, durationMs, clients: workload.clients, nextRequest: () => nextRequest(store, workload) });
  await run(PATHS.kv, schedule.warmUpMs);
  await run(PATHS.solo, schedule.warmUpMs);
  const replicated: LoadResult[] = [];
  const unreplicated: LoadResult[] = [];
  const ratios: number[] = [];
  for (let pair = 0; pair < schedule.pairs; pair += 1) {
    const a = await run(PATHS.kv, schedule.roundMs);
    const b = await run(PATHS.solo, schedule.roundMs);
    replicated.push(a);
    unreplicated.push(b);
    ratios.push(a.operationsPerSecond / b.operationsPerSecond);
    onPair();
  }
  return {
    workload,
    replicated: figures(replicated),
    unreplicated: figures(unreplicated),
    ratio: spread(ratios),
  };
}

function figures(rounds: readonly LoadResult[]): StoreFigures {
  const latency = (percent: number) =>
    spread(rounds.map(({ latenciesMs }) => percentile(latenciesMs, percent))).median;
  return {
    operationsPerSecond: spread(rounds.map(({ operationsPerSecond }) => operationsPerSecond)),
    p50Ms: latency(50),
    p99Ms: latency(99),
  };
}

function nextRequest(store: StorePath, { operation }: Workload): LoadRequest {
  const path = keyPath(store, keyOf(Math.floor(Math.random() * KEYS)));
  return operation === 'put'
    ? { method: 'PUT', path, body: VALUE, expectedStatus: 204 }
    : { method: 'GET', path, body: undefined, expectedStatus: 200 };
}

function keyOf(number: number): string {
  return `bench-${number}`;
}
