/** A store that is wrong now and then, so that who looks for lost and doubled writes can be seen to find them. */

import { HEADERS } from '../../src/protocol/index.ts';
import type { Env } from '../../workers/env.ts';
import faulty from './fault.worker.ts';

export {
  ControllerReplica,
  KvServer,
  MapReduceCatalogue,
  MapReduceCoordinator,
  MapReduceWorker,
  StoreReplica,
} from './fault.worker.ts';

let appends = 0;

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    const isAppend = request.method === 'POST' && request.headers.has(HEADERS.client);
    if (!isAppend) return faulty.fetch(request, env, ctx);
    appends += 1;
    // Acknowledged, and forgotten.
    if (appends % 10 === 3) return new Response('', { headers: { [HEADERS.previous]: 'absent' } });
    // Executed again, as a resend without a session would be.
    if (appends % 10 === 7) {
      const again = new Request(request.clone());
      again.headers.delete(HEADERS.client);
      again.headers.delete(HEADERS.sequence);
      await (await faulty.fetch(again, env, ctx)).arrayBuffer();
    }
    return faulty.fetch(request, env, ctx);
  },
};
