import type { CallPort } from '../../src/client/index.ts';
import { clientIdRenewMs, DEFAULT_KV_SETTINGS, formatClientId } from '../../src/kv/index.ts';
import { asGroupId } from '../../src/shard/index.ts';
import type { Env } from '../env.ts';
import { groupEntry } from '../objects/replica-name.ts';
import type { Backends, KvBackend } from './backends.ts';
import { base64Url, ClientIds } from './client-ids.ts';
import { clusterStatus, describeCluster } from './cluster-status.ts';
import { edgeBudgets } from './edge-budgets.ts';
import { Gateway } from './gateway.ts';
import { groupTrace } from './group-trace.ts';
import { readmit } from './readmit.ts';
import { recent } from './recent.ts';

/** One set per bindings object: routers remember who leads, and which clients are idle. Both may be lost at any time. */
const backendsOf = new WeakMap<Env, Backends>();

export function chooseBackends(env: Env): Backends {
  const known = backendsOf.get(env);
  if (known !== undefined) return known;
  const budgets = edgeBudgets();
  const gateway = new Gateway(env, budgets.replies);
  const { solo, controller } = gateway;
  const deadlineMs = env.REQUEST_DEADLINE_MS;
  const clientIds = new ClientIds({
    secret: env.CLIENT_ID_KEY,
    keptKey: (offered) => gateway.run(controller.clientIdKey(offered, deadlineMs)),
  });
  const backends: Backends = {
    budgets,
    kv: {
      ...kvBackend(gateway),
      pausingBy: (pause) => kvBackend(gateway, gateway.portPausingBy(pause)),
    },
    solo: {
      shardOf: (key) => solo.shardOf(key),
      write: (command, session) => gateway.run(solo.write(command, session)),
      read: ({ key }) => gateway.run(solo.read(key)),
    },
    cluster: {
      describe: () => describeCluster(env, gateway),
      configuration: (number) => gateway.run(controller.configuration(number, deadlineMs)),
      // A cluster that nobody has used yet is formed first, with the number of shards of its first groups.
      change: async (change) => {
        const latest = await gateway.run(gateway.router.lookUp(deadlineMs));
        const made = latest?.shards.length;
        if (made !== undefined && made !== env.SHARDS) return { type: 'shard-count', made, set: env.SHARDS };
        return latest && gateway.run(controller.change(change, deadlineMs));
      },
      readmit: (group, replica) => readmit(env, gateway, group, replica),
      group: (number) => groupEntry(env, asGroupId(number)),
    },
    status: recent(() => clusterStatus(env, gateway)),
    trace: (group) => groupTrace(env, gateway, group),
    newClient: async () => {
      const client = await clientIds.sign(formatClientId(Date.now(), randomPart()));
      if (client === undefined) return undefined;
      const { sessionTtlMs } = DEFAULT_KV_SETTINGS;
      return { client, renewAfterMs: clientIdRenewMs(DEFAULT_KV_SETTINGS), sessionTtlMs };
    },
    checkClient: (client) => clientIds.check(client),
  };
  backendsOf.set(env, backends);
  return backends;
}

function kvBackend(gateway: Gateway, port?: CallPort): KvBackend {
  const { store } = gateway;
  return {
    shardOf: (key) => store.shardOf(key),
    write: (command, session) => gateway.run(store.write(command, session), port),
    // A linearizable read reflects whatever anybody has seen.
    read: ({ key, consistency, minRevision }) =>
      gateway.run(consistency === 'stale' ? store.readStale(key, minRevision) : store.read(key), port),
  };
}

const RANDOM_BYTES = 12;

function randomPart(): string {
  return base64Url(crypto.getRandomValues(new Uint8Array(RANDOM_BYTES)));
}
