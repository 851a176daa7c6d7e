/**
 * Runs the course's tests next to the objects that they are about: `POST /{test}?seed=N` answers, when the test has
 * ended, with its figures or with what failed.
 */

import type { RealTime } from '../../labs/real-time.ts';
import { LAB_TESTS } from '../../labs/registry.ts';
import { describe } from '../../labs/run.ts';
import type { LabEnv } from './lab-env.ts';
import { ObjectRaftServers } from './object-raft-servers.ts';

export { RaftServerObject } from './raft-server-object.ts';

export default {
  async fetch(request: Request, env: LabEnv): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const run = LAB_TESTS.find(({ name }) => `/${name}` === pathname)?.runners.workerd;
    if (run === undefined) return new Response(null, { status: 404 });
    const seed = Number(searchParams.get('seed'));
    const name = crypto.randomUUID();
    try {
      const raftServers = (time: RealTime) => new ObjectRaftServers(env, time, name);
      return Response.json({ figures: await run({ seed, objects: { raftServers } }) });
    } catch (error) {
      return Response.json({ failure: describe(error) });
    }
  },
};
