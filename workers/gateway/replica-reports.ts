/** Asks replicas what they say of themselves: a few at a time, and not for long, however many are dead. */

import { decodeText } from '../../src/codec/index.ts';
import { asReplicaId } from '../../src/raft/index.ts';
import { REPLICA_PATHS, type ReplicaPath } from '../../src/replica/index.ts';
import type { Wait } from '../../src/store/index.ts';
import type { Env } from '../env.ts';
import { failureOf } from '../objects/failures.ts';
import { formatReplicaName, parseReplicaName } from '../objects/replica-name.ts';
import { mapBounded } from './bounded.ts';
import type { Gateway } from './gateway.ts';

/** Replicas that are asked at the same time. */
const ASKED_AT_ONCE_MAX = 48;
/** After so long nobody else is asked, and the answer says who was not. */
const BUDGET_MS = 2000;

/** The parts of a replica's status that matter here; it says more, which is passed on as it is. */
export interface ReplicaReport {
  readonly id: number;
  readonly role: string;
  readonly reason?: string;
  readonly standing?: string;
  readonly membership?: { readonly voters?: readonly number[]; readonly learners?: readonly number[] };
  readonly configuration?: number;
  readonly waits?: readonly Wait[];
  readonly lostWith?: number;
  readonly lastHalt?: { readonly reason: string; readonly count: number };
}

export interface GroupReplicas {
  readonly name: string;
  /** The names of its replicas. */
  readonly replicas: readonly string[];
}

export interface GroupReports {
  readonly name: string;
  readonly replicas: readonly ReplicaReport[];
}

export async function askGroups(
  env: Env,
  gateway: Gateway,
  groups: readonly GroupReplicas[],
): Promise<readonly GroupReports[]> {
  const asked = await askReplicas(env, gateway, groups);
  // A group may have members that the settings do not name any more.
  const further = asked.map((group) => ({ name: group.name, replicas: unaskedOf(group) }));
  const others = await askReplicas(env, gateway, further);
  return asked.map(({ name, replicas }, at) => ({
    name,
    replicas: membersOf([...replicas, ...(others[at]?.replicas ?? [])]),
  }));
}

function unaskedOf({ name: group, replicas }: GroupReports): readonly string[] {
  const heard = new Set(replicas.map(({ id }) => id));
  const unasked = [...new Set(replicas.flatMap(formedOf))].filter((id) => !heard.has(id));
  return unasked.map((id) => formatReplicaName({ group, id: asReplicaId(id) }));
}

async function askReplicas(
  env: Env,
  gateway: Gateway,
  groups: readonly GroupReplicas[],
): Promise<readonly GroupReports[]> {
  const names = groups.flatMap(({ replicas }) => replicas);
  const limits = { atOnceMax: ASKED_AT_ONCE_MAX, budgetMs: BUDGET_MS };
  const answers = await mapBounded(names, limits, async (name) => {
    const status = await getJson<object>(env, gateway, name, REPLICA_PATHS.status);
    const reason = failureOf(name) ?? `It did not answer within ${env.REPLY_TIMEOUT_MS} ms.`;
    return status ?? { role: 'unreachable', reason };
  });
  const notAsked = { role: 'unknown', reason: 'It was not asked: too many replicas did not answer in time.' };
  const reports = new Map(
    names.map((name, at) => [name, { id: idOf(name), ...(answers[at] ?? notAsked) } as ReplicaReport]),
  );
  return groups.map(({ name, replicas }) => ({
    name,
    replicas: replicas.flatMap((replica) => reports.get(replica) ?? []),
  }));
}

/** Those that the group itself counts among its members; all, as long as none of them says who its members are. */
function membersOf(reports: readonly ReplicaReport[]): readonly ReplicaReport[] {
  const members = new Set(reports.flatMap(formedOf));
  return members.size === 0 ? reports : reports.filter(({ id }) => members.has(id));
}

/** Who has not heard of a group that was formed takes whom the settings name for its members. */
function formedOf({ membership, standing }: ReplicaReport): readonly number[] {
  if (standing === 'unformed') return [];
  return [...(membership?.voters ?? []), ...(membership?.learners ?? [])];
}

function idOf(name: string): number {
  return parseReplicaName(name)?.id ?? 0;
}

export async function getJson<Shape>(
  env: Env,
  gateway: Gateway,
  replica: string,
  path: ReplicaPath,
): Promise<Shape | undefined> {
  const body = new Uint8Array(0);
  const answer = await gateway.ask({ replica, path, body, timeoutMs: env.REPLY_TIMEOUT_MS });
  return answer === undefined ? undefined : JSON.parse(decodeText(answer));
}
