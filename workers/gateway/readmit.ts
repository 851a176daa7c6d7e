import { asReplicaId } from '../../src/raft/index.ts';
import type { Env } from '../env.ts';
import { formatReplicaName } from '../objects/replica-name.ts';
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
  const found = await existingGroup(env, gateway, group);
  if (found === undefined) return { type: 'no-such-group' };
  const order = {
    known: found.replicas,
    nameOf: (id: number) => formatReplicaName({ group: found.name, id: asReplicaId(id) }),
    replica: asReplicaId(replica),
    patienceMs: env.REPLY_TIMEOUT_MS,
  };
  return gateway.readmit(order, env.REQUEST_DEADLINE_MS);
}
