/** Which groups an operator may name. */

import { parseInteger } from '../../src/protocol/index.ts';
import { asGroupId, type GroupId } from '../../src/shard/index.ts';
import type { Env } from '../env.ts';
import { CONTROLLER, storeGroupName } from '../objects/replica-name.ts';
import type { Gateway } from './gateway.ts';

/** To ask an object is to make it, so the group must exist. */
export async function existingGroup(env: Env, gateway: Gateway, group: string): Promise<string | undefined> {
  if (group === CONTROLLER) return CONTROLLER;
  const number = parseInteger(group, 1);
  if (number === undefined) return undefined;
  const id = asGroupId(number);
  return (await exists(env, gateway, id)) ? storeGroupName(id) : undefined;
}

/** A group is asked for most when nothing else answers: without the controller, the first groups are known. */
async function exists(env: Env, gateway: Gateway, group: GroupId): Promise<boolean> {
  const { router } = gateway;
  if (env.FIRST_GROUPS.includes(group) || router.configuration?.groups.has(group)) return true;
  const latest = await gateway.run(router.lookUp(env.REQUEST_DEADLINE_MS));
  return latest?.groups.has(group) === true;
}
