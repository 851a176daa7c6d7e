/**
 * Runs the course's tests next to the objects that they are about: `POST /{test}?seed=N` answers, when the test has
 * ended, with its figures or with what failed.
 */

import type { ObjectPlatform } from '../../labs/object-platform.ts';
import { PLANTED_FAILURES } from '../../labs/planted-failures.ts';
import { LAB_TESTS } from '../../labs/registry.ts';
import { describe } from '../../labs/run.ts';
import type { LabEnv } from './lab-env.ts';
import { startGroupKv, startSoloKv } from './object-kv.ts';
import { ObjectRaftServers } from './object-raft-servers.ts';
import { makeShardedRig } from './object-rig.ts';

export { ControllerReplicaObject } from './controller-replica-object.ts';
export { KvReplicaObject } from './kv-replica-object.ts';
export { KvServerObject } from './kv-server-object.ts';
export { RaftServerObject } from './raft-server-object.ts';
export { StoreReplicaObject } from './store-replica-object.ts';

const TESTS = [...LAB_TESTS, ...PLANTED_FAILURES];

export default {
  async fetch(request: Request, env: LabEnv): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const run = TESTS.find(({ name }) => `/${name}` === pathname)?.runners.workerd;
    if (run === undefined) return new Response(null, { status: 404 });
    const seed = Number(searchParams.get('seed'));
    try {
      return Response.json({ figures: await run({ seed, objects: platform(env, crypto.randomUUID()) }) });
    } catch (error) {
      return Response.json({ failure: describe(error) });
    }
  },
};

/** `name` keeps the objects of one test apart from those of all others. */
function platform(env: LabEnv, name: string): ObjectPlatform {
  return {
    raftServers: (time) => new ObjectRaftServers(env, time, name),
    groupKv: (options, time) => startGroupKv(env, name, options, time),
    shardedRig: (options, time) => makeShardedRig(env, options, time),
    soloKv: (options, time) => startSoloKv(env, name, options, time),
  };
}
