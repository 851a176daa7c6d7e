/**
 * A text is stored in one group; then two more join and the first one leaves, while clients go on writing and reading.
 *
 * Each line has a key of its own, and each key one client. What a client does to a key is appends of marks that are
 * never used twice, so the value shows at the end what was lost, what was executed twice, and in which order.
 */

import { setTimeout as pause } from 'node:timers/promises';
import { PATHS } from '../../src/protocol/index.ts';
import type { ShardId, ShardOf } from '../../src/shard/index.ts';
import type { LocalCluster } from './local-cluster.ts';
import { SessionClient } from './session-client.ts';

export interface ReshardRunOptions {
  /** Is started, and has one group. */
  readonly cluster: LocalCluster;
  readonly lines: readonly string[];
  readonly clients: number;
  readonly shardOf: ShardOf;
  readonly onEvent: (event: ReshardEvent) => void;
}

export type ReshardEvent =
  | { readonly type: 'stored'; readonly lines: number }
  | { readonly type: 'configured'; readonly number: number; readonly change: string }
  | { readonly type: 'moved'; readonly number: number; readonly afterMs: number }
  | { readonly type: 'read-back'; readonly lines: number };

export interface ReshardReport {
  /** Shards that changed their group, counted once for each time. */
  readonly movedShards: number;
  /** Writes and reads that were answered while shards moved. */
  readonly operations: number;
  /** The longest that an operation on a shard took while shards moved, by shard. */
  readonly longestMsByShard: ReadonlyMap<ShardId, number>;
  /** Lines and marks that were acknowledged and are missing, or are not where they belong. */
  readonly lost: number;
  /** Lines and marks that are there more than once. */
  readonly duplicated: number;
}

interface ConfigurationAnswer {
  readonly number: number;
  readonly shards: readonly number[];
}

interface ClusterAnswer {
  readonly configuration: ConfigurationAnswer;
  readonly groups: readonly { readonly configuration?: number }[];
  readonly shards: readonly { readonly states: Readonly<Record<string, string>> }[];
}

const POLL_MS = 50;

export async function runReshard(options: ReshardRunOptions): Promise<ReshardReport> {
  const { cluster, lines, shardOf, onEvent } = options;
  const clients = await Promise.all(
    Array.from({ length: options.clients }, () => SessionClient.open(cluster.url)),
  );
  /** What each key must hold: the line, and then the marks in the order in which they were acknowledged. */
  const expected = new Map<string, string[]>();
  const longestMsByShard = new Map<ShardId, number>();
  let [moving, operations, stored, readBack] = [true, 0, 0, 0];

  const linesOf = (number: number) =>
    lines.map((_, line) => line).filter((line) => line % clients.length === number);

  async function timed<Answer>(key: string, operation: Promise<Answer>): Promise<Answer> {
    const begunMs = performance.now();
    const answer = await operation;
    const shard = shardOf(key);
    operations += 1;
    longestMsByShard.set(shard, Math.max(longestMsByShard.get(shard) ?? 0, performance.now() - begunMs));
    return answer;
  }

  await everyClient(clients, async (client, number) => {
    for (const line of linesOf(number)) {
      await client.append(keyOf(line), lines[line] ?? '');
      expected.set(keyOf(line), [lines[line] ?? '']);
      stored += 1;
      onEvent({ type: 'stored', lines: stored });
    }
  });

  let misread = 0;
  const use = everyClient(clients, async (client, number) => {
    const own = linesOf(number);
    for (let turn = 0; moving; turn += 1) {
      const key = keyOf(own[turn % own.length] ?? 0);
      const parts = expected.get(key) ?? [];
      const mark = `<${number}.${turn}>`;
      const before = await timed(key, client.append(key, mark));
      if (before !== undefined && before !== parts.join('')) misread += 1;
      parts.push(mark);
      if ((await timed(key, client.get(key))) !== parts.join('')) misread += 1;
    }
  });

  const first = await configuration(cluster.url);
  const joined = await change(cluster.url, 'join', [2, 3], onEvent);
  const left = await change(cluster.url, 'leave', [1], onEvent);
  moving = false;
  await use;

  let [lost, duplicated] = [misread, 0];
  await everyClient(clients, async (client, number) => {
    for (const line of linesOf(number)) {
      const found = faultsOf((await client.get(keyOf(line))) ?? '', expected.get(keyOf(line)) ?? []);
      lost += found.lost;
      duplicated += found.duplicated;
      readBack += 1;
      onEvent({ type: 'read-back', lines: readBack });
    }
  });
  const movedShards = changedOwners(first, joined) + changedOwners(joined, left);
  return { movedShards, operations, longestMsByShard, lost, duplicated };
}

/** Compares what is there with the parts it should be made of. */
export function faultsOf(
  value: string,
  parts: readonly string[],
): { readonly lost: number; readonly duplicated: number } {
  if (value === parts.join('')) return { lost: 0, duplicated: 0 };
  const copies = parts.map((part) => value.split(part).length - 1);
  const duplicated = copies.filter((count) => count > 1).length;
  const lost = copies.filter((count) => count === 0).length;
  // All parts are there once, yet not in their order: the order was acknowledged too.
  return { lost: lost + duplicated === 0 ? 1 : lost, duplicated };
}

async function change(
  url: string,
  how: 'join' | 'leave',
  groups: readonly number[],
  onEvent: ReshardRunOptions['onEvent'],
): Promise<ConfigurationAnswer> {
  const begunMs = performance.now();
  const response = await fetch(`${url}${PATHS.cluster}/${how}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ groups }),
  });
  if (!response.ok) throw new Error(`${how} was refused: ${await response.text()}`);
  const made = (await response.json()) as ConfigurationAnswer;
  onEvent({ type: 'configured', number: made.number, change: `${how} of ${groups.join(' and ')}` });
  while (!(await isSettled(url, made.number))) await pause(POLL_MS);
  onEvent({ type: 'moved', number: made.number, afterMs: performance.now() - begunMs });
  return made;
}

/** Every group of the configuration has taken it, and every shard is served by one group and is nobody else's. */
export async function isSettled(url: string, number: number): Promise<boolean> {
  const response = await fetch(`${url}${PATHS.cluster}`);
  const { groups, shards } = (await response.json()) as ClusterAnswer;
  const isTaken = groups.every(({ configuration: taken }) => taken === number);
  return isTaken && shards.every(({ states }) => Object.values(states).join() === 'serving');
}

async function configuration(url: string): Promise<ConfigurationAnswer> {
  const response = await fetch(`${url}${PATHS.cluster}`);
  return ((await response.json()) as ClusterAnswer).configuration;
}

function changedOwners(before: ConfigurationAnswer, after: ConfigurationAnswer): number {
  return after.shards.filter((owner, shard) => owner !== before.shards[shard]).length;
}

async function everyClient(
  clients: readonly SessionClient[],
  work: (client: SessionClient, number: number) => Promise<void>,
): Promise<void> {
  await Promise.all(clients.map(work));
}

function keyOf(line: number): string {
  return `line-${line + 1}`;
}
