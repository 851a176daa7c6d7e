/** Contenders in bare workerd, started alike: no Miniflare and no proxy in front. */

import { fileURLToPath } from 'node:url';
import { type ClusterOptions, LocalCluster } from '../../harness/local-cluster.ts';
import type { Server } from './contender.ts';

const FLOOR_FOLDER = new URL('../floor/', import.meta.url);

export const FLOOR_OPTIONS: ClusterOptions = {
  worker: fileURLToPath(new URL('floor.worker.ts', FLOOR_FOLDER)),
  config: fileURLToPath(new URL('wrangler.toml', FLOOR_FOLDER)),
};

/** `groups` of `replicas` each; nothing of it runs before the first request to a key. */
export function groupsOptions(groups: number, replicas: number): ClusterOptions {
  return {
    vars: {
      FIRST_GROUPS: Array.from({ length: groups }, (_, at) => at + 1),
      REPLICAS_PER_GROUP: replicas,
    },
  };
}

export async function startLocal(options: ClusterOptions): Promise<Server> {
  const cluster = new LocalCluster(options);
  try {
    await cluster.start();
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  return { url: cluster.url, pids: [cluster.pid], stop: () => cluster.stop() };
}
