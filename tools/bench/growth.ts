/** What a group of three takes, and how fast it is, as its keys become many. */

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalCluster } from '../harness/local-cluster.ts';
import { GROUP_DIALECT, putBatch } from './dialects.ts';
import { KeySupply } from './key-supply.ts';
import { type LoadRequest, runLoad, sendAll } from './load.ts';
import { anonymousBytes, processTree } from './process-tree.ts';
import { repeatRefused } from './repeat.ts';
import { percentile, type Spread, spread } from './statistics.ts';

export interface GrowthPlan {
  /** Numbers of keys, ascending. */
  readonly sizes: readonly number[];
  readonly rounds: number;
  readonly roundMs: number;
  readonly warmUpMs: number;
  /** Called when so many more keys are written. */
  readonly onKeys: (count: number) => void;
  /** A round was taken again. */
  readonly onRefused: (reason: string) => void;
}

export interface SizeFigures {
  readonly keys: number;
  /** While the keys since the last size were written, in batches of 100, by eight clients. */
  readonly loadedPerSecond: number;
  /** One client, overwriting and reading keys that are there. */
  readonly putP50Ms: Spread;
  readonly getP50Ms: Spread;
  /** Of the process in which all replicas are; what nothing else can take. */
  readonly memoryBytes: number;
  readonly diskBytes: number;
  /** From the start of the process, after SIGKILL, to the first acknowledged put. */
  readonly restartMs: number;
}

const LOADERS = 8;
const VALUE_BYTES = 100;
const KEYS_A_BATCH = 100;

export async function measureGrowth(
  cluster: LocalCluster,
  { sizes, rounds, roundMs, warmUpMs, onKeys, onRefused }: GrowthPlan,
): Promise<readonly SizeFigures[]> {
  const supply = new KeySupply(0);
  const figures: SizeFigures[] = [];
  let written = 0;
  // A batch is answered whatever becomes of its puts; a put waits for the cluster to be formed.
  await sendAll(cluster.url, 1, [GROUP_DIALECT.put(keyOf(0), supply.value(VALUE_BYTES))].values());
  for (const keys of sizes) {
    const more = keys - written;
    const beganMs = performance.now();
    await sendAll(cluster.url, LOADERS, batches(supply, written, keys), () => onKeys(KEYS_A_BATCH));
    written = keys;
    const loadedPerSecond = (1000 * more) / (performance.now() - beganMs);
    const p50 = async (nextRequest: () => LoadRequest): Promise<Spread> => {
      const medians: number[] = [];
      for (let round = 0; round < rounds; round += 1) {
        const load = { url: cluster.url, clients: 1, warmUpMs, durationMs: roundMs, nextRequest };
        const { latenciesMs } = await repeatRefused(() => runLoad(load), onRefused);
        medians.push(percentile(latenciesMs, 50));
      }
      return spread(medians);
    };
    const any = (): string => keyOf(Math.floor(Math.random() * keys));
    figures.push({
      keys,
      loadedPerSecond,
      putP50Ms: await p50(() => GROUP_DIALECT.put(any(), supply.value(VALUE_BYTES))),
      getP50Ms: await p50(() => GROUP_DIALECT.get(any())),
      memoryBytes: processTree(cluster.pid).reduce((sum, pid) => sum + anonymousBytes(pid), 0),
      diskBytes: bytesUnder(cluster.disk),
      restartMs: await restart(cluster, GROUP_DIALECT.put(any(), supply.value(VALUE_BYTES))),
    });
  }
  return figures;
}

function* batches(supply: KeySupply, from: number, to: number): Generator<LoadRequest> {
  for (let first = from; first < to; first += KEYS_A_BATCH) {
    const numbers = Array.from({ length: Math.min(KEYS_A_BATCH, to - first) }, (_, at) => first + at);
    yield putBatch(numbers.map((number) => ({ key: keyOf(number), value: supply.value(VALUE_BYTES) })));
  }
}

async function restart(cluster: LocalCluster, put: LoadRequest): Promise<number> {
  await cluster.kill();
  const beganMs = performance.now();
  await cluster.start();
  await sendAll(cluster.url, 1, [put].values());
  return performance.now() - beganMs;
}

function keyOf(number: number): string {
  return `grown-${number}`;
}

function bytesUnder(folder: string): number {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return paths.reduce(
    (sum, path) => sum + (statSync(join(folder, path), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}
