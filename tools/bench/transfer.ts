/**
 * A replica is held back while a state grows that is far larger than the log may be; then it is let in, and gets the
 * state in chunks while clients go on. In the middle of that its object crashes once.
 */

import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { PATHS } from '../../src/protocol/index.ts';
import { findLeader } from '../harness/leader.ts';
import type { LocalCluster } from '../harness/local-cluster.ts';
import { BackgroundLoad, type Window, windowOf } from './background-load.ts';
import type { ChunkCounts } from './chunk-counts.ts';
import { MemoryWatch } from './process-memory.ts';
import { mixedRequest, numberedKeys, put, putAll, SMALL_VALUE } from './requests.ts';

export interface TransferOptions {
  /** Runs the held-back Worker, and is started. */
  readonly cluster: LocalCluster;
  readonly stateBytes: number;
  /** The receiver crashes once, after so many chunks. */
  readonly crashAfterChunks: number;
  readonly clients: number;
  /** How long throughput and memory are watched before the replica is let in. */
  readonly beforeMs: number;
  readonly onStep: (step: string) => void;
}

export interface TransferReport {
  readonly stateBytes: number;
  readonly transferMs: number;
  /** What the crashed receiver received, before and after. */
  readonly chunks: ChunkCounts;
  /** What all clients were served together. */
  readonly perSecondBefore: number;
  readonly perSecondDuring: number;
  readonly longestMsDuring: number;
  /** Of the one process in which all replicas are. */
  readonly peakBytesBefore: number;
  readonly peakBytesDuring: number;
  /** Rows of the whole state, if it is the same at all three replicas. */
  readonly equalRows: number | undefined;
}

const GROUP = 'group-1';
const REPLICAS = [1, 2, 3].map((id) => `${GROUP}/${id}`);
const VALUE_BYTES = { min: 64 << 10, max: 1 << 20 } as const;
const PUTS_AT_ONCE = 4;
const SMALL_KEYS = numberedKeys('small', 100);
const POLL_MS = 50;
/** Once the clients are silent, all replicas are at the same index well within this time. */
const SETTLE_MS_MAX = 30_000;

export async function measureTransfer(options: TransferOptions): Promise<TransferReport> {
  const { cluster, clients, onStep } = options;
  const { url } = cluster;
  await putAll(url, SMALL_KEYS, SMALL_VALUE);
  const leader = await findLeader(url, GROUP);
  const held = REPLICAS.find((name) => name !== leader) ?? '';
  await expectOk(fetch(`${url}/hold/${held}`, { method: 'POST' }));
  onStep(`${held} is held back while the state grows`);
  const stateBytes = await fill(url, options.stateBytes);

  onStep(`${Math.round(stateBytes / 2 ** 20)} MiB are written`);
  const memory = new MemoryWatch(cluster.pid);
  const load = new BackgroundLoad({ url, clients, nextRequest: () => mixedRequest(SMALL_KEYS) });
  onStep('clients begin');
  const before = await windowOf(() => pause(options.beforeMs));
  const peakBytesBefore = memory.takePeakBytes();
  onStep('the replica is let in');
  const crash = `?crash-after=${options.crashAfterChunks}`;
  await expectOk(fetch(`${url}/release/${held}${crash}`, { method: 'POST' }));
  const { during, chunks } = await transferred(url, held);
  const peakBytesDuring = memory.takePeakBytes();
  memory.stop();
  await load.stop();
  onStep('the replica has the state');
  return {
    stateBytes,
    transferMs: during.toMs - during.fromMs,
    chunks,
    perSecondBefore: load.perSecond(before),
    perSecondDuring: load.perSecond(during),
    longestMsDuring: load.durationMs(during, 100),
    peakBytesBefore,
    peakBytesDuring,
    equalRows: await equalRows(url),
  };
}

/** Values of all sizes from 64 KiB to 1 MiB. Returns how much it was. */
async function fill(url: string, stateBytes: number): Promise<number> {
  const generator = xoroshiro128plus(1);
  const noise = randomBytes(2 * VALUE_BYTES.max);
  let [written, key] = [0, 0];
  async function write(): Promise<void> {
    while (written < stateBytes) {
      const bytes = uniformInt(generator, VALUE_BYTES.min, VALUE_BYTES.max);
      const at = uniformInt(generator, 0, VALUE_BYTES.max);
      written += bytes;
      key += 1;
      await put(url, `large-${key}`, noise.subarray(at, at + bytes));
    }
  }
  await Promise.all(Array.from({ length: PUTS_AT_ONCE }, write));
  return written;
}

/** Returns when the last chunk has come. */
async function transferred(
  url: string,
  held: string,
): Promise<{ readonly during: Window; readonly chunks: ChunkCounts }> {
  for (;;) {
    const response = await fetch(`${url}/chunks/${held}`);
    const chunks = (await response.json()) as ChunkCounts | null;
    if (chunks?.doneAtMs !== undefined) {
      const [fromMs, toMs] = [chunks.firstAtMs, chunks.doneAtMs].map((atMs) => atMs - performance.timeOrigin);
      return { during: { fromMs: fromMs ?? 0, toMs: toMs ?? 0 }, chunks };
    }
    await pause(POLL_MS);
  }
}

/** Waits until all replicas have applied the same entries, then until all that is on their disks is equal. */
async function equalRows(url: string): Promise<number | undefined> {
  const deadlineMs = performance.now() + SETTLE_MS_MAX;
  while (!(await isSettled(url))) {
    if (performance.now() > deadlineMs) throw new Error('the replicas do not come to the same index');
    await pause(POLL_MS);
  }
  for (;;) {
    const rows = await equalRowsNow(url);
    if (rows !== undefined || performance.now() > deadlineMs) return rows;
    await pause(POLL_MS);
  }
}

async function equalRowsNow(url: string): Promise<number | undefined> {
  const digests: Digest[] = [];
  for (const name of REPLICAS) {
    const response = await fetch(`${url}/digest/${name}`);
    digests.push((await response.json()) as Digest);
  }
  const [first] = digests;
  return digests.every(({ sha256 }) => sha256 === first?.sha256) ? first?.rows : undefined;
}

async function isSettled(url: string): Promise<boolean> {
  const response = await fetch(`${url}${PATHS.status}`);
  const { groups } = (await response.json()) as {
    readonly groups: readonly { readonly name: string; readonly replicas: readonly Partial<Applied>[] }[];
  };
  const replicas = groups.find(({ name }) => name === GROUP)?.replicas ?? [];
  const [first] = replicas;
  return (
    first?.applied !== undefined &&
    replicas.every(({ applied, last }) => applied === first.applied && last?.index === first.applied)
  );
}

interface Digest {
  readonly rows: number;
  readonly sha256: string;
}

interface Applied {
  readonly applied: number;
  readonly last: { readonly index: number };
}

async function expectOk(sent: Promise<Response>): Promise<void> {
  const response = await sent;
  const text = await response.text();
  if (!response.ok) throw new Error(`answered ${response.status}: ${text}`);
}
