import { asReplicaId, type ReplicaId } from '../../src/raft/index.ts';
import type { Env } from '../env.ts';

/** The group that holds every shard. */
export const FIRST_GROUP = 'group-1';

/** Names one replica of one group; it is the name of the replica's object. */
export interface ReplicaName {
  readonly group: string;
  readonly id: ReplicaId;
}

export function formatReplicaName({ group, id }: ReplicaName): string {
  return `${group}/${id}`;
}

/** Undefined when it is not the name of a replica. */
export function parseReplicaName(name: string): ReplicaName | undefined {
  const [, group, id] = /^([^/]+)\/([1-9]\d*)$/.exec(name) ?? [];
  return group === undefined || id === undefined ? undefined : { group, id: asReplicaId(Number(id)) };
}

/**
 * A fresh stub: a broken one stays broken. The runtime's own retries are off, since a message that arrives ten seconds
 * late helps nobody. The location hint counts only at the very first use of the object, so whoever comes first gives it.
 */
export function replicaStub(env: Env, name: ReplicaName): DurableObjectStub {
  const hint = env.LOCATION_HINTS[(name.id - 1) % env.LOCATION_HINTS.length];
  const options: DurableObjectNamespaceGetDurableObjectOptions = { retry: { maxRetries: 0 } };
  if (isLocationHint(hint)) options.locationHint = hint;
  return env.STORE_REPLICA.get(env.STORE_REPLICA.idFromName(formatReplicaName(name)), options);
}

function isLocationHint(hint: string | undefined): hint is DurableObjectLocationHint {
  return hint !== undefined && hint !== '';
}
