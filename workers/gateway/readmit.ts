import { asReplicaId } from '../../src/raft/index.ts';
import type { Env } from '../env.ts';
import { firstReplicas, replicaNames } from '../objects/replica-name.ts';
import type { ReadmitOutcome } from './backends.ts';
import { existingGroup } from './existing-group.ts';
import type { Gateway } from './gateway.ts';

/** `group` is the number of a store group, or `controller`. */
export async function readmit(
  env: Env,
  gateway: Gateway,
  group: string,
  replica: number,
): Promise<ReadmitOutcome> {
  const name = await existingGroup(env, gateway, group);
  if (name === undefined) return { type: 'no-such-group' };
  const id = asReplicaId(replica);
  if (!firstReplicas(env).includes(id)) return { type: 'no-such-replica' };
  return gateway.readmit(replicaNames(env, name), id, env.REQUEST_DEADLINE_MS);
}
