/** What the replicas of one group did of late, in the order of time, for people. */

import { parseInteger } from '../../src/protocol/index.ts';
import { REPLICA_PATHS } from '../../src/replica/index.ts';
import { asGroupId, type GroupId } from '../../src/shard/index.ts';
import { mergeTraces } from '../../src/store/index.ts';
import { type Env, isTraced } from '../env.ts';
import { CONTROLLER, replicaNames, storeGroupName } from '../objects/replica-name.ts';
import type { GroupTrace } from './backends.ts';
import type { Gateway } from './gateway.ts';

/** `group` is the number of a store group, or `controller`. */
export async function groupTrace(env: Env, gateway: Gateway, group: string): Promise<GroupTrace> {
  if (!isTraced(env)) return { type: 'off' };
  const name = await nameOf(env, gateway, group);
  if (name === undefined) return { type: 'no-such-group' };
  const replicas = replicaNames(env, name);
  const traces = await Promise.all(replicas.map((replica) => askForTrace(env, gateway, replica)));
  return {
    type: 'trace',
    lines: mergeTraces(traces.filter((trace) => trace !== undefined)),
    silent: replicas.filter((_, at) => traces[at] === undefined),
  };
}

function askForTrace(env: Env, gateway: Gateway, replica: string): Promise<Uint8Array | undefined> {
  const body = new Uint8Array(0);
  return gateway.ask({ replica, path: REPLICA_PATHS.trace, body, timeoutMs: env.REPLY_TIMEOUT_MS });
}

/** To ask an object is to make it, so the group must exist. */
async function nameOf(env: Env, gateway: Gateway, group: string): Promise<string | undefined> {
  if (group === CONTROLLER) return CONTROLLER;
  const number = parseInteger(group, 1);
  if (number === undefined) return undefined;
  const id = asGroupId(number);
  return (await exists(env, gateway, id)) ? storeGroupName(id) : undefined;
}

/** A trace is wanted most when nothing else answers: without the controller, the first groups are known. */
async function exists(env: Env, gateway: Gateway, group: GroupId): Promise<boolean> {
  const { router } = gateway;
  if (env.FIRST_GROUPS.includes(group) || router.configuration?.groups.has(group)) return true;
  const latest = await gateway.run(router.lookUp(env.REQUEST_DEADLINE_MS));
  return latest?.groups.has(group) === true;
}
