/** Which groups an operator may name, and where their replicas are. */

import { parseInteger } from '../../src/protocol/index.ts';
import { asGroupId, type Configuration, type GroupId } from '../../src/shard/index.ts';
import type { Env } from '../env.ts';
import { CONTROLLER, replicaNames, storeGroupName } from '../objects/replica-name.ts';
import type { Gateway } from './gateway.ts';
import type { GroupReplicas } from './replica-reports.ts';

/** To ask an object is to make it, so the group must exist. */
export async function existingGroup(
  env: Env,
  gateway: Gateway,
  group: string,
): Promise<GroupReplicas | undefined> {
  if (group === CONTROLLER) return { name: CONTROLLER, replicas: replicaNames(env, CONTROLLER) };
  const number = parseInteger(group, 1);
  if (number === undefined) return undefined;
  const id = asGroupId(number);
  if (!(await exists(env, gateway, id))) return undefined;
  return storeGroup(env, id, gateway.router.configuration);
}

/** A group is where its configuration says, and not where this deployment would put a new one. */
export function storeGroup(env: Env, id: GroupId, configuration: Configuration | undefined): GroupReplicas {
  const name = storeGroupName(id);
  const named = configuration?.groups.get(id)?.replicas ?? [];
  return { name, replicas: named.length > 0 ? named : replicaNames(env, name) };
}

/** A group is asked for most when nothing else answers: without the controller, the first groups are known. */
async function exists(env: Env, gateway: Gateway, group: GroupId): Promise<boolean> {
  const { router } = gateway;
  if (env.FIRST_GROUPS.includes(group) || router.configuration?.groups.has(group)) return true;
  const latest = await gateway.run(router.lookUp(env.REQUEST_DEADLINE_MS));
  return latest?.groups.has(group) === true;
}
