/** How fast a replica that was away catches up while nobody else is served: from the log, and by a copy of the state. */

import { findLeader } from '../harness/leader.ts';
import type { LocalCluster } from '../harness/local-cluster.ts';
import { GROUP_DIALECT } from './dialects.ts';
import { KeySupply } from './key-supply.ts';
import { sendAll } from './load.ts';
import { untilSettled } from './settled.ts';

export interface CatchUpOptions {
  /** Runs the held-back Worker, and is started. */
  readonly cluster: LocalCluster;
  readonly puts: number;
  readonly valueBytes: number;
  readonly clients: number;
}

export interface CatchUp {
  readonly by: 'log' | 'state';
  readonly puts: number;
  readonly valueBytes: number;
  readonly ms: number;
}

const GROUP = 'group-1';
const REPLICAS = [1, 2, 3].map((id) => `${GROUP}/${id}`);

/** The log is what it gets if that reaches back to where it stopped: few enough puts, or a state otherwise. */
export async function measureCatchUp(options: CatchUpOptions): Promise<CatchUp> {
  const { cluster, puts, valueBytes, clients } = options;
  const { url } = cluster;
  const keys = new KeySupply(0);
  const requests = (count: number) =>
    Array.from({ length: count }, () => GROUP_DIALECT.put(keys.fresh(), keys.value(valueBytes))).values();
  await sendAll(url, 1, requests(1));
  await untilSettled(url, GROUP);
  const leader = await findLeader(url, GROUP);
  const held = REPLICAS.find((name) => name !== leader) ?? '';
  await post(`${url}/hold/${held}`);
  await sendAll(url, clients, requests(puts));
  const releasedMs = performance.now();
  await post(`${url}/release/${held}`);
  await untilSettled(url, GROUP);
  const ms = performance.now() - releasedMs;
  const chunks = await (await fetch(`${url}/chunks/${held}`)).json();
  return { by: chunks === null ? 'log' : 'state', puts, valueBytes, ms };
}

async function post(url: string): Promise<void> {
  const response = await fetch(url, { method: 'POST' });
  if (!response.ok) throw new Error(`${url} was answered ${response.status}`);
}
