/** What replicas say of themselves, for people: JSON in, JSON out. */

import { decodeText } from '../../src/codec/index.ts';
import { REPLICA_PATHS, type ReplicaPath } from '../../src/replica/index.ts';
import { asShardId, groupIdsOf, groupOf, type ShardState } from '../../src/shard/index.ts';
import type { Env } from '../env.ts';
import { failureOf } from '../objects/failures.ts';
import { CONTROLLER, firstReplicas, formatReplicaName, storeGroupName } from '../objects/replica-name.ts';
import { configurationJson } from './configuration-json.ts';
import type { Gateway } from './gateway.ts';

/** What each replica of each group says of itself, or why it says nothing. */
export async function clusterStatus(env: Env, gateway: Gateway): Promise<unknown> {
  const { router } = gateway;
  // Whoever looks for what is wrong must not wait long for a controller that is gone.
  const patienceMs = router.configuration === undefined ? env.REQUEST_DEADLINE_MS : env.REPLY_TIMEOUT_MS;
  const configuration = (await gateway.run(router.lookUp(patienceMs))) ?? router.configuration;
  const stores = configuration === undefined ? [] : groupIdsOf(configuration.groups);
  const groups = [...stores.map(storeGroupName), CONTROLLER];
  const statuses = groups.map(async (name) => {
    const replicas = firstReplicas(env).map(async (id) => {
      const replica = formatReplicaName({ group: name, id });
      const status = await getJson<object>(env, gateway, replica, REPLICA_PATHS.status);
      return { id, ...(status ?? { role: 'unreachable', reason: failureOf(replica) }) };
    });
    return { name, replicas: await Promise.all(replicas) };
  });
  return { groups: await Promise.all(statuses) };
}

/** The latest configuration, and what each of its groups says of its shards. */
export async function describeCluster(env: Env, gateway: Gateway): Promise<unknown> {
  const configuration = await gateway.run(gateway.router.lookUp(env.REQUEST_DEADLINE_MS));
  if (configuration === undefined) return undefined;
  const groups = groupIdsOf(configuration.groups).map(async (id) => {
    const work = await groupWork(env, gateway, storeGroupName(id));
    return { group: id, configuration: work?.configuration, shards: work?.shards ?? [] };
  });
  const reports = await Promise.all(groups);
  return {
    configuration: configurationJson(configuration),
    groups: reports.map(({ group, configuration }) => ({ group, configuration })),
    shards: configuration.shards.map((_, shard) => ({
      shard,
      owner: groupOf(configuration, asShardId(shard)),
      states: Object.fromEntries(statesOf(shard, reports)),
    })),
    migrations: reports.flatMap(({ group, shards }) => shards.flatMap((entry) => migration(group, entry))),
  };
}

interface GroupReport {
  readonly group: number;
  readonly shards: readonly (readonly [number, ShardState])[];
}

/** Group and state, for every group that has something of the shard. */
function statesOf(shard: number, reports: readonly GroupReport[]): [string, ShardState['type']][] {
  return reports.flatMap(({ group, shards }) =>
    shards.flatMap(([id, { type }]): [string, ShardState['type']][] =>
      id === shard ? [[storeGroupName(group), type]] : [],
    ),
  );
}

function migration(group: number, [shard, state]: readonly [number, ShardState]): unknown[] {
  if (state.type !== 'arriving') return [];
  const { configuration, from, cursor, copied, changes } = state;
  return [{ shard, from: from.group, to: group, configuration, cursor, copied, changes }];
}

/** From the replica that answers and has taken the newest configuration. */
async function groupWork(
  env: Env,
  gateway: Gateway,
  name: string,
): Promise<{ configuration: number; shards: GroupReport['shards'] } | undefined> {
  const answers = await Promise.all(
    firstReplicas(env).map((id) =>
      getJson<GroupWork>(env, gateway, formatReplicaName({ group: name, id }), REPLICA_PATHS.work),
    ),
  );
  return answers
    .flatMap((answer) => (answer?.type === 'done' ? [answer] : []))
    .sort((a, b) => b.index - a.index)[0]?.result;
}

interface GroupWork {
  readonly type: string;
  readonly index: number;
  readonly result: { readonly configuration: number; readonly shards: GroupReport['shards'] };
}

async function getJson<Shape>(
  env: Env,
  gateway: Gateway,
  replica: string,
  path: ReplicaPath,
): Promise<Shape | undefined> {
  const body = new Uint8Array(0);
  const answer = await gateway.ask({ replica, path, body, timeoutMs: env.REPLY_TIMEOUT_MS });
  return answer === undefined ? undefined : JSON.parse(decodeText(answer));
}
