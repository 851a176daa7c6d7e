/**
 * A text goes line by line into a store that is damaged meanwhile: first the leader's object crashes, then the whole
 * process is killed and started again on the same disk. Then all is read back.
 *
 * Each line is appended to a key of its own. An append that was acknowledged and is missing is lost; one that was
 * executed twice, because a client had to send it again, is there twice. No line is empty: it has its line break.
 */

import { setTimeout as pause } from 'node:timers/promises';
import type { KeyValueInput, KeyValueOutput, Operation } from '../checker/index.ts';
import { crashLeader } from './leader.ts';
import type { LocalCluster } from './local-cluster.ts';
import { longestGapMs } from './service-gaps.ts';
import { appended, SessionClient } from './session-client.ts';

export interface FailoverRunOptions {
  /** Runs the fault Worker, and is started. */
  readonly cluster: LocalCluster;
  readonly lines: readonly string[];
  readonly clients: number;
  readonly onEvent: (event: FailoverEvent) => void;
}

export type FailoverEvent =
  | { readonly type: 'acknowledged'; readonly lines: number }
  | { readonly type: 'leader-crashed'; readonly leader: string }
  | { readonly type: 'process-killed' }
  | { readonly type: 'process-started' }
  | { readonly type: 'read-back'; readonly lines: number };

export interface FailoverReport {
  readonly acknowledged: number;
  /** Acknowledged lines that are not there, or are not what was written. */
  readonly lost: number;
  /** Lines that are there more than once. */
  readonly duplicated: number;
  /** The longest time between two acknowledgements, of whatever client. */
  readonly longestWithoutServiceMs: number;
  /** The same, of the crash of the leader alone. */
  readonly withoutServiceAfterLeaderCrashMs: number;
  readonly history: readonly Operation<KeyValueInput, KeyValueOutput>[];
}

const POLL_MS = 5;

export async function runFailover(options: FailoverRunOptions): Promise<FailoverReport> {
  const { cluster, lines, onEvent } = options;
  const clients = await Promise.all(
    Array.from({ length: options.clients }, () => SessionClient.open(cluster.url)),
  );
  const history: Operation<KeyValueInput, KeyValueOutput>[] = [];
  const acknowledgedMs: number[] = [];

  async function append(client: SessionClient, number: number, line: number): Promise<void> {
    const [key, value] = [keyOf(line), lines[line] ?? ''];
    const call = nowNs();
    const previous = await client.append(key, value);
    history.push({ client: number, call, return: nowNs(), ...appended(key, value, previous) });
    acknowledgedMs.push(performance.now());
    onEvent({ type: 'acknowledged', lines: acknowledgedMs.length });
  }
  async function acknowledgedLines(count: number): Promise<void> {
    while (acknowledgedMs.length < count) await pause(POLL_MS);
  }
  async function damage(): Promise<{ readonly crashedMs: number; readonly killedMs: number }> {
    await acknowledgedLines(Math.ceil(lines.length / 2));
    const crashedMs = performance.now();
    onEvent({ type: 'leader-crashed', leader: await crashLeader(cluster.url) });
    // More lines than clients: the new leader has served some, so the second fault does not hide the first.
    const served = acknowledgedMs.length + Math.max(2 * options.clients, lines.length / 10);
    await acknowledgedLines(Math.min(served, lines.length));
    const killedMs = performance.now();
    await cluster.kill();
    onEvent({ type: 'process-killed' });
    await cluster.start();
    onEvent({ type: 'process-started' });
    return { crashedMs, killedMs };
  }
  const [{ crashedMs, killedMs }] = await Promise.all([damage(), shareOut(clients, lines.length, append)]);

  let [lost, duplicated, read] = [0, 0, 0];
  await shareOut(clients, lines.length, async (client, number, line) => {
    const [key, expected] = [keyOf(line), lines[line] ?? ''];
    const call = nowNs();
    const output = await client.get(key);
    history.push({ client: number, call, return: nowNs(), input: { type: 'get', key }, output });
    const copies = countCopies(output ?? '', expected);
    if (copies === 0) lost += 1;
    else if (copies > 1) duplicated += 1;
    read += 1;
    onEvent({ type: 'read-back', lines: read });
  });
  return {
    acknowledged: acknowledgedMs.length,
    lost,
    duplicated,
    longestWithoutServiceMs: longestGapMs(acknowledgedMs),
    withoutServiceAfterLeaderCrashMs: longestGapMs(acknowledgedMs, crashedMs, killedMs),
    history,
  };
}

/** How many times `line` was appended; 0 also if the value is anything else. */
export function countCopies(value: string, line: string): number {
  const copies = Math.round(value.length / line.length);
  return value === line.repeat(copies) ? copies : 0;
}

/** Each client takes the next line that nobody has taken. */
async function shareOut(
  clients: readonly SessionClient[],
  lines: number,
  work: (client: SessionClient, number: number, line: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const takers = clients.map(async (client, number) => {
    while (next < lines) await work(client, number, next++);
  });
  await Promise.all(takers);
}

function keyOf(line: number): string {
  return `line-${line + 1}`;
}

function nowNs(): number {
  return Math.round(performance.now() * 1e6);
}
