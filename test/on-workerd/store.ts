import { env, exports } from 'cloudflare:workers';
import { PATHS, type StorePath } from '../../src/protocol/index.ts';
import { keyPath } from '../../tools/harness/http-answers.ts';

/** The store group that a cluster begins with. */
const GROUP = 'group-1';

/** The Worker's own answer to a request for a key, read to its end: a body that nobody reads keeps objects busy. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

interface ReplicaStatus {
  readonly id: number;
  readonly role: string;
  readonly term: number;
  readonly commit: number;
  readonly incarnation: number;
}

export async function send(method: string, store: StorePath, key: string, body?: string): Promise<Answer> {
  const init = body === undefined ? { method } : { method, body };
  const response = await exports.default.fetch(`https://flotilla${keyPath(store, key)}`, init);
  // Not `text()`: it warns about bytes that are not declared to be text.
  const text = new TextDecoder().decode(await response.arrayBuffer());
  return { status: response.status, headers: response.headers, text };
}

export async function replicaStatuses(): Promise<readonly ReplicaStatus[]> {
  const response = await exports.default.fetch(`https://flotilla${PATHS.status}`);
  const { groups } = (await response.json()) as {
    readonly groups: readonly { readonly name: string; readonly replicas: readonly ReplicaStatus[] }[];
  };
  return groups.find(({ name }) => name === GROUP)?.replicas ?? [];
}

export async function leaderStatus(): Promise<ReplicaStatus> {
  const leaders = (await replicaStatuses()).filter(({ role }) => role === 'leader');
  const [leader] = leaders.toSorted((a, b) => b.term - a.term);
  if (leader === undefined) throw new Error('nobody leads');
  return leader;
}

export function replicaObject(id: number) {
  return env.STORE_REPLICA.get(env.STORE_REPLICA.idFromName(`${GROUP}/${id}`));
}

export function soloObject() {
  return env.KV_SERVER.get(env.KV_SERVER.idFromName('solo'));
}
