/**
 * One large shard moves from group to group and back while clients use it and all the others. What the others are
 * served meanwhile is compared with what they were served before and after; how long the moving shard was not served shows
 * in the longest operation on it.
 */

import { setTimeout as pause } from 'node:timers/promises';
import { PATHS } from '../../src/protocol/index.ts';
import type { ShardId, ShardOf } from '../../src/shard/index.ts';
import { isSettled } from '../harness/reshard-run.ts';
import { BackgroundLoad, type Window, windowOf } from './background-load.ts';
import { mixedRequest, numberedKeys, putAll, SMALL_VALUE } from './requests.ts';

export interface ReshardBenchOptions {
  /** Of a cluster that runs, and has group 1 only. */
  readonly url: string;
  readonly shardOf: ShardOf;
  readonly shardBytes: number;
  readonly moves: number;
  /** Clients of the other shards, and of the one that moves. */
  readonly clients: number;
  readonly movingClients: number;
  /** How long the throughput is watched before each move, and again after it. */
  readonly aroundMs: number;
  readonly onStep: (step: string) => void;
}

export interface MoveFigures {
  /** From the request until the new owner has all, and the old one has nothing left. */
  readonly durationMs: number;
  /** Of the other shards: the mean of before the move and after it, since a machine is not always as fast. */
  readonly perSecondAround: number;
  readonly perSecondDuring: number;
  /** Of the shard that moves: the median stands for a round trip under this load. */
  readonly medianMsBefore: number;
  readonly longestMsBefore: number;
  readonly longestMsDuring: number;
}

/** All keys with this tag are in one shard. */
const TAG = '{big}';
const VALUE_BYTES = 64 << 10;
const SMALL_KEYS = 200;
/** Each time every replica is asked: more often, and it would be a load of its own. */
const POLL_MS = 500;
/** The caches and the collector come to rest. */
const SETTLE_MS = 1000;

export async function measureMoves(options: ReshardBenchOptions): Promise<readonly MoveFigures[]> {
  const { url, shardOf, clients, movingClients, onStep } = options;
  const shard = shardOf(TAG);
  const moving = numberedKeys(`${TAG}-small`, SMALL_KEYS);
  const others = otherKeys(shardOf, shard);
  // The first use of a cluster makes its first group: the second can join only then.
  await putAll(url, [...moving, ...others], SMALL_VALUE);
  await change(url, 'join', { groups: [2] });
  const large = numberedKeys(TAG, options.shardBytes / VALUE_BYTES);
  await putAll(url, large, new Uint8Array(VALUE_BYTES).fill(0x62));
  onStep(`${large.length} values are in shard ${shard}`);

  const movingLoad = new BackgroundLoad({
    url,
    clients: movingClients,
    nextRequest: () => mixedRequest(moving),
  });
  const load = new BackgroundLoad({ url, clients, nextRequest: () => mixedRequest(others) });
  const figures: MoveFigures[] = [];
  for (let move = 0; move < options.moves; move += 1) {
    await pause(SETTLE_MS);
    const before = await windowOf(() => pause(options.aroundMs));
    const to = (await ownerOf(url, shard)) === 1 ? 2 : 1;
    const during = await windowOf(() => change(url, 'move', { shard, group: to }));
    await pause(SETTLE_MS);
    const after = await windowOf(() => pause(options.aroundMs));
    figures.push(figuresOf(load, movingLoad, { before, during, after }));
    onStep(`move ${move + 1} of ${options.moves} took ${Math.round(during.toMs - during.fromMs)} ms`);
  }
  await Promise.all([load.stop(), movingLoad.stop()]);
  return figures;
}

function figuresOf(
  load: BackgroundLoad,
  movingLoad: BackgroundLoad,
  { before, during, after }: Readonly<Record<'before' | 'during' | 'after', Window>>,
): MoveFigures {
  return {
    durationMs: during.toMs - during.fromMs,
    perSecondAround: (load.perSecond(before) + load.perSecond(after)) / 2,
    perSecondDuring: load.perSecond(during),
    medianMsBefore: movingLoad.durationMs(before, 50),
    longestMsBefore: movingLoad.durationMs(before, 100),
    longestMsDuring: movingLoad.durationMs(during, 100),
  };
}

/** Spread over all shards but one. */
function otherKeys(shardOf: ShardOf, shard: ShardId): readonly string[] {
  return numberedKeys('other', SMALL_KEYS).filter((key) => shardOf(key) !== shard);
}

/** Returns when every shard is where the new configuration wants it. */
export async function change(url: string, how: 'join' | 'move', body: object): Promise<void> {
  const response = await fetch(`${url}${PATHS.cluster}/${how}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${how} was refused: ${await response.text()}`);
  const { number } = (await response.json()) as { readonly number: number };
  while (!(await isSettled(url, number))) await pause(POLL_MS);
}

async function ownerOf(url: string, shard: ShardId): Promise<number | undefined> {
  const response = await fetch(`${url}${PATHS.cluster}`);
  const { shards } = (await response.json()) as { readonly shards: readonly { readonly owner: number }[] };
  return shards[shard]?.owner;
}
