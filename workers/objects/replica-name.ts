import { asReplicaId, type ReplicaId } from '../../src/raft/index.ts';
import { asGroupId, type GroupId } from '../../src/shard/index.ts';
import type { Env } from '../env.ts';

/** Names one replica of one group; it is the name of the replica's object. */
export interface ReplicaName {
  readonly group: string;
  readonly id: ReplicaId;
}

/** The one group of the shard controller. */
export const CONTROLLER = 'controller';

export function storeGroupName(group: number): string {
  return `group-${group}`;
}

/** Undefined when it is not the name of a store group. */
export function parseStoreGroupName(name: string): GroupId | undefined {
  const [, digits] = /^group-([1-9]\d*)$/.exec(name) ?? [];
  return digits === undefined ? undefined : asGroupId(Number(digits));
}

export function formatReplicaName({ group, id }: ReplicaName): string {
  return `${group}/${id}`;
}

/** Undefined when it is not the name of a replica. */
export function parseReplicaName(name: string): ReplicaName | undefined {
  const [, group, id] = /^([^/]+)\/([1-9]\d*)$/.exec(name) ?? [];
  return group === undefined || id === undefined ? undefined : { group, id: asReplicaId(Number(id)) };
}

/** The members of a new group. */
export function firstReplicas(env: Env): readonly ReplicaId[] {
  return Array.from({ length: env.REPLICAS_PER_GROUP }, (_, slot) => asReplicaId(slot + 1));
}

/**
 * A fresh stub: a broken one stays broken. The runtime's own retries are off, since a message that arrives ten seconds
 * late helps nobody. The location hint counts only at the very first use of the object, so whoever comes first gives it.
 */
export function replicaStub(env: Env, name: ReplicaName): DurableObjectStub {
  const namespace = name.group === CONTROLLER ? env.CONTROLLER_REPLICA : env.STORE_REPLICA;
  const hint = env.LOCATION_HINTS[(name.id - 1) % env.LOCATION_HINTS.length];
  const options: DurableObjectNamespaceGetDurableObjectOptions = { retry: { maxRetries: 0 } };
  if (isLocationHint(hint)) options.locationHint = hint;
  return namespace.get(namespace.idFromName(formatReplicaName(name)), options);
}

function isLocationHint(hint: string | undefined): hint is DurableObjectLocationHint {
  return hint !== undefined && hint !== '';
}
