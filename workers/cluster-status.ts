import { REPLICA_PATHS } from '../src/protocol/index.ts';
import type { ReplicaId } from '../src/raft/index.ts';
import { asShardId, groupIdsOf, groupOf, type ShardState } from '../src/shard/index.ts';
import { configurationJson } from './configuration-json.ts';
import type { Env } from './env.ts';
import { CONTROLLER, firstReplicas, replicaStub, storeGroupName } from './objects/replica-name.ts';
import type { Router } from './router.ts';

/** What each replica of each group says of itself, or why it says nothing. */
export async function clusterStatus(env: Env, router: Router): Promise<unknown> {
  const groups = [...(await router.knownGroups()).map(storeGroupName), CONTROLLER];
  const statuses = groups.map(async (name) => {
    const replicas = firstReplicas(env).map(async (id) => {
      const status = await getJson(env, name, id, REPLICA_PATHS.status);
      return status ?? { id, role: 'unreachable' };
    });
    return { name, replicas: await Promise.all(replicas) };
  });
  return { groups: await Promise.all(statuses) };
}

/** The latest configuration, and what each of its groups says of its shards. */
export async function describeCluster(env: Env, router: Router): Promise<unknown> {
  const configuration = await router.configuration();
  if (configuration === undefined) return undefined;
  const groups = groupIdsOf(configuration.groups).map(async (id) => {
    const work = await groupWork(env, storeGroupName(id));
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
  name: string,
): Promise<{ configuration: number; shards: GroupReport['shards'] } | undefined> {
  const answers = await Promise.all(
    firstReplicas(env).map((id) => getJson<GroupWork>(env, name, id, REPLICA_PATHS.work)),
  );
  return answers
    .flatMap((answer) => (answer?.type === 'answered' ? [answer] : []))
    .sort((a, b) => b.index - a.index)[0]?.answer;
}

interface GroupWork {
  readonly type: string;
  readonly index: number;
  readonly answer: { readonly configuration: number; readonly shards: GroupReport['shards'] };
}

async function getJson<Shape>(
  env: Env,
  group: string,
  id: ReplicaId,
  path: string,
): Promise<Shape | undefined> {
  try {
    const signal = AbortSignal.timeout(env.REPLY_TIMEOUT_MS);
    const response = await replicaStub(env, { group, id }).fetch(`https://replica${path}`, { signal });
    return response.ok ? await response.json<Shape>() : undefined;
  } catch {
    return undefined;
  }
}
