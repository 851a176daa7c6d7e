/** What the replicas of one group did of late, in the order of time, for people. */

import { REPLICA_PATHS } from '../../src/replica/index.ts';
import { mergeTraces } from '../../src/store/index.ts';
import { type Env, isTraced } from '../env.ts';
import type { GroupTrace } from './backends.ts';
import { existingGroup } from './existing-group.ts';
import type { Gateway } from './gateway.ts';

/** `group` is the number of a store group, or `controller`. */
export async function groupTrace(env: Env, gateway: Gateway, group: string): Promise<GroupTrace> {
  if (!isTraced(env)) return { type: 'off' };
  const found = await existingGroup(env, gateway, group);
  if (found === undefined) return { type: 'no-such-group' };
  const { replicas } = found;
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
