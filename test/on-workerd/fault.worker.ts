/**
 * The production Worker, with one route more: `POST /crash/{group}/{id}` ends that replica's object on the spot, as a
 * fault of its machine would. What it had not written is lost; the next call meets a new instance on the same disk.
 */

import type { Env } from '../../workers/env.ts';
import production, {
  ControllerReplica as ProductionController,
  StoreReplica as ProductionStore,
} from '../../workers/index.ts';
import { formatReplicaName, parseReplicaName, stubOf } from '../../workers/objects/replica-name.ts';

export { KvServer, MapReduceCatalogue, MapReduceCoordinator, MapReduceWorker } from '../../workers/index.ts';

const CRASH = /^\/crash\/(.+)$/;

export class StoreReplica extends ProductionStore {
  override fetch(request: Request): Promise<Response> {
    if (crashedReplica(request) !== undefined) this.ctx.abort('crashed by a test');
    return super.fetch(request);
  }
}

export class ControllerReplica extends ProductionController {
  override fetch(request: Request): Promise<Response> {
    if (crashedReplica(request) !== undefined) this.ctx.abort('crashed by a test');
    return super.fetch(request);
  }
}

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    const replica = crashedReplica(request);
    if (replica === undefined) return production.fetch(request, env, ctx);
    // An object that ends does not answer: the error is what was asked for.
    await stubOf(env, formatReplicaName(replica))
      .fetch(request)
      .catch(() => {});
    return new Response(null, { status: 204 });
  },
};

function crashedReplica(request: Request) {
  const [, name] = CRASH.exec(new URL(request.url).pathname) ?? [];
  return name === undefined ? undefined : parseReplicaName(name);
}
