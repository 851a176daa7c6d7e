import { clientIdRenewMs, DEFAULT_KV_SETTINGS } from '../src/kv/index.ts';
import { asGroupId } from '../src/shard/index.ts';
import type { Backends } from './backend.ts';
import { newClientId } from './client-pool.ts';
import { clusterStatus, describeCluster } from './cluster-status.ts';
import { groupEntry } from './controller-client.ts';
import type { Env } from './env.ts';
import { Router } from './router.ts';
import { Solo } from './solo.ts';

/** One set per bindings object: routers remember who leads, and which clients are idle. Both may be lost at any time. */
const backendsOf = new WeakMap<Env, Backends>();

export function chooseBackends(env: Env): Backends {
  const known = backendsOf.get(env);
  if (known !== undefined) return known;
  const router = new Router(env);
  const backends: Backends = {
    kv: router,
    solo: new Solo(env),
    cluster: {
      describe: () => describeCluster(env, router),
      configuration: (number) => router.controller.configuration(number, env.REQUEST_DEADLINE_MS),
      change: (change) => router.controller.change(change, env.REQUEST_DEADLINE_MS),
      group: (number) => groupEntry(env, asGroupId(number)),
    },
    status: () => clusterStatus(env, router),
    newClient: () => ({
      client: newClientId(Date.now()),
      renewAfterMs: clientIdRenewMs(DEFAULT_KV_SETTINGS),
      sessionTtlMs: DEFAULT_KV_SETTINGS.sessionTtlMs,
    }),
  };
  backendsOf.set(env, backends);
  return backends;
}
