/**
 * Clients write and read while the process of the whole cluster is killed again and again, each time at a moment that
 * the seed chose, and started again on the same disk. Then every key is read once more.
 *
 * An operation whose answer is lost is sent again under the same session until it is answered, so the history has no
 * pending operation. That is the stronger of the two ways: what is pending may take effect or not, whenever it likes,
 * whereas a resend must have the answer of the one and only execution.
 *
 * Half of the keys of the history are shared, by few clients each, so that the search stays small. The others belong to
 * one client, which appends marks that are never used twice: those are counted without a checker's help.
 */

import { setTimeout as pause } from 'node:timers/promises';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { KeyValueInput, KeyValueOutput, Operation } from '../checker/index.ts';
import type { LocalCluster } from './local-cluster.ts';
import { faultsOf } from './reshard-run.ts';
import { appended, SessionClient } from './session-client.ts';

export interface KillRunOptions {
  /** Is started. */
  readonly cluster: LocalCluster;
  readonly kills: number;
  readonly clients: number;
  /** Of what the clients do and of the moments of the kills; which operation a kill meets is up to the machine. */
  readonly seed: number;
  readonly onKill: (kill: Kill) => void;
}

export interface Kill {
  readonly number: number;
  /** Since the process listened. */
  readonly afterMs: number;
  /** So far, by all clients. */
  readonly operations: number;
}

export interface KillReport {
  readonly history: readonly Operation<KeyValueInput, KeyValueOutput>[];
  /** Marks that were acknowledged, and are missing or not in their order. */
  readonly lost: number;
  /** Marks that are there more than once. */
  readonly duplicated: number;
}

/** A process that is not whole yet is worth killing, too; in most of this time it serves. */
const LIFETIME_MS = { min: 20, max: 2500 } as const;
const SHARED_KEYS = 40;
/** 32 clients make neighbourhoods of 8. */
const NEIGHBOURHOODS = 4;

export async function runKills(options: KillRunOptions): Promise<KillReport> {
  const { cluster, kills, seed } = options;
  const history: Operation<KeyValueInput, KeyValueOutput>[] = [];
  /** What was acknowledged of each client's own key, in that order. */
  const marks = new Map<string, string[]>();
  let stopped = false;

  async function perform(client: SessionClient, number: number, input: KeyValueInput): Promise<void> {
    const call = nowNs();
    const done = await execute(client, input);
    history.push({ client: number, call, return: nowNs(), ...done });
  }
  async function work(client: SessionClient, number: number): Promise<void> {
    const below = randomBelow(seed + 1 + number);
    const own = `own-${number}`;
    const acknowledged: string[] = [];
    marks.set(own, acknowledged);
    for (let turn = 0; !stopped; turn += 1) {
      const value = `<${number}.${turn}>`;
      if (below(3) === 0) {
        await perform(client, number, { type: 'append-old', key: own, value });
        acknowledged.push(value);
      } else {
        await perform(client, number, chooseInput(below, sharedKey(number, below), value));
      }
    }
  }
  const clients = await Promise.all(
    Array.from({ length: options.clients }, () => SessionClient.open(cluster.url)),
  );
  const working = Promise.all(clients.map(work));

  const below = randomBelow(seed);
  for (let number = 1; number <= kills; number += 1) {
    const afterMs = LIFETIME_MS.min + below(LIFETIME_MS.max - LIFETIME_MS.min);
    await Promise.race([pause(afterMs), working]);
    await cluster.kill();
    options.onKill({ number, afterMs, operations: history.length });
    await cluster.start();
  }
  stopped = true;
  await working;

  const keys = new Set(history.map(({ input }) => input.key)).values();
  const read = async (client: SessionClient, number: number): Promise<void> => {
    for (const key of keys) await perform(client, number, { type: 'get', key });
  };
  await Promise.all(clients.map(read));
  return { history, ...faultsOfAll(history, marks) };
}

async function execute(
  client: SessionClient,
  input: KeyValueInput,
): Promise<{ readonly input: KeyValueInput; readonly output: KeyValueOutput }> {
  switch (input.type) {
    case 'get':
      return { input, output: await client.get(input.key) };
    case 'append-old':
      return appended(input.key, input.value, await client.append(input.key, input.value));
    case 'put':
      await client.put(input.key, input.value);
      return { input, output: null };
    case 'delete':
      await client.delete(input.key);
      return { input, output: null };
    default:
      throw new Error(`no client calls ${input.type} here`);
  }
}

function chooseInput(below: (bound: number) => number, key: string, value: string): KeyValueInput {
  const choice = below(10);
  if (choice < 4) return { type: 'get', key };
  if (choice < 7) return { type: 'append-old', key, value };
  return choice < 9 ? { type: 'put', key, value } : { type: 'delete', key };
}

/** Clients of one neighbourhood share its keys, and nobody else does. */
function sharedKey(client: number, below: (bound: number) => number): string {
  const keys = SHARED_KEYS / NEIGHBOURHOODS;
  return `shared-${(client % NEIGHBOURHOODS) * keys + below(keys)}`;
}

/** By the last read of each client's own key. */
function faultsOfAll(
  history: KillReport['history'],
  marks: ReadonlyMap<string, readonly string[]>,
): { readonly lost: number; readonly duplicated: number } {
  const last = new Map(history.map(({ input, output }) => [input.key, output]));
  const faults = [...marks].map(([key, expected]) => faultsOf(String(last.get(key) ?? ''), expected));
  return {
    lost: faults.reduce((sum, { lost }) => sum + lost, 0),
    duplicated: faults.reduce((sum, { duplicated }) => sum + duplicated, 0),
  };
}

function randomBelow(seed: number): (bound: number) => number {
  const generator = xoroshiro128plus(seed);
  return (bound) => uniformInt(generator, 0, bound - 1);
}

function nowNs(): number {
  return Math.round(performance.now() * 1e6);
}
