/** What replicas say of themselves, for people: JSON in, JSON out. */

import { REPLICA_PATHS } from '../../src/replica/index.ts';
import {
  asShardId,
  type Configuration,
  groupIdsOf,
  groupOf,
  type ShardState,
  shardCountText,
} from '../../src/shard/index.ts';
import type { Wait } from '../../src/store/index.ts';
import type { Env } from '../env.ts';
import { CONTROLLER, replicaNames, storeGroupName } from '../objects/replica-name.ts';
import { mapBounded } from './bounded.ts';
import { configurationJson } from './configuration-json.ts';
import { storeGroup } from './existing-group.ts';
import type { Gateway } from './gateway.ts';
import { askGroups, type GroupReplicas, type GroupReports, getJson } from './replica-reports.ts';

/** Groups that are asked about their shards at the same time, and after how long no other is. */
const WORK_LIMITS = { atOnceMax: 16, budgetMs: 2000 };

/** What each replica of each group says of itself, or why it says nothing; who waits for whom; what is wrong. */
export async function clusterStatus(env: Env, gateway: Gateway): Promise<unknown> {
  const { router } = gateway;
  // Whoever looks for what is wrong must not wait long for a controller that is gone.
  const patienceMs = router.configuration === undefined ? env.REQUEST_DEADLINE_MS : env.REPLY_TIMEOUT_MS;
  const latest = await gateway.run(router.lookUp(patienceMs));
  const configuration = latest ?? router.configuration;
  const stores = configuration === undefined ? [] : groupIdsOf(configuration.groups);
  const controller = { name: CONTROLLER, replicas: replicaNames(env, CONTROLLER) };
  const named = stores.map((id) => storeGroup(env, id, configuration));
  const groups = await askGroups(env, gateway, [...named, controller]);
  const waitedFor = new Set(groups.flatMap((group) => waitsOf(group).map((wait) => wait.group)));
  // A group that has left, or is lost, is of interest for as long as others wait for it.
  const others = [...waitedFor].filter((id) => !stores.includes(id));
  const absent = await askGroups(
    env,
    gateway,
    others.map((id) => storeGroup(env, id, configuration)),
  );
  const all = [...groups, ...absent];
  return {
    groups,
    ...(absent.length === 0 ? {} : { absent }),
    ...(configuration?.lost.length ? { lost: configuration.lost } : {}),
    waits: all.flatMap((group) => waitsOf(group).map((wait) => waitJson(group, wait, all))),
    problems: [
      ...(latest === undefined ? ['The shard controller does not answer.'] : []),
      ...shardCountProblem(env, configuration),
      ...all.flatMap(problemsOf),
    ],
  };
}

function shardCountProblem(env: Env, configuration: Configuration | undefined): readonly string[] {
  const made = configuration?.shards.length ?? env.SHARDS;
  return made === env.SHARDS ? [] : [shardCountText(made, env.SHARDS)];
}

/** By its replica that has come furthest. */
function waitsOf({ replicas }: GroupReports): readonly Wait[] {
  const furthest = replicas.toSorted((a, b) => (b.configuration ?? -1) - (a.configuration ?? -1));
  return (furthest.find(({ role }) => role === 'leader') ?? furthest[0])?.waits ?? [];
}

function waitJson({ name }: GroupReports, wait: Wait, all: readonly GroupReports[]): object {
  const other = storeGroupName(wait.group);
  const since = wait.sinceMs === undefined ? undefined : new Date(wait.sinceMs).toISOString();
  const answering = all.find((group) => group.name === other)?.replicas.filter(isHeard) ?? [];
  const state = answering.length === 0 ? `No replica of ${other} answers.` : undefined;
  return {
    group: name,
    waitsFor: other,
    for: wait.for,
    shard: wait.shard,
    configuration: wait.configuration,
    since,
    state,
  };
}

function problemsOf({ name, replicas }: GroupReports): readonly string[] {
  const silent = replicas.filter((replica) => !isHeard(replica));
  const refusing = replicas.filter(({ role, reason }) => role === 'refused' || reason !== undefined);
  return [
    ...(2 * silent.length >= replicas.length && replicas.length > 0
      ? [`${silent.length} of ${replicas.length} replicas of ${name} do not answer: it cannot serve.`]
      : []),
    ...refusing.flatMap((replica) =>
      isHeard(replica) ? [`Replica ${replica.id} of ${name}: ${replica.reason}`] : [],
    ),
    ...replicas.flatMap(({ id, lastHalt }) =>
      lastHalt === undefined
        ? []
        : [
            `Replica ${id} of ${name} has stopped ${lastHalt.count} times, the last time because: ${lastHalt.reason}`,
          ],
    ),
  ];
}

const isHeard = ({ role }: { readonly role: string }): boolean =>
  role !== 'unreachable' && role !== 'unknown';

/** The latest configuration, and what each of its groups says of its shards. */
export async function describeCluster(env: Env, gateway: Gateway): Promise<unknown> {
  const configuration = await gateway.run(gateway.router.lookUp(env.REQUEST_DEADLINE_MS));
  if (configuration === undefined) return undefined;
  const ids = groupIdsOf(configuration.groups);
  const works = await mapBounded(ids, WORK_LIMITS, (id) =>
    groupWork(env, gateway, storeGroup(env, id, configuration)),
  );
  const reports = ids.map((group, at) => {
    const work = works[at];
    return { group, configuration: work?.configuration, shards: work?.shards ?? [] };
  });
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
  { replicas }: GroupReplicas,
): Promise<{ configuration: number; shards: GroupReport['shards'] } | undefined> {
  const answers = await Promise.all(
    replicas.map((replica) => getJson<GroupWork>(env, gateway, replica, REPLICA_PATHS.work)),
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
