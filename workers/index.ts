import { APPLICATIONS } from '../src/mapreduce/index.ts';
import { PATHS } from '../src/protocol/index.ts';
import { createApp } from './app.ts';
import { chooseBackends } from './gateway/choose-backends.ts';
import { heldReply } from './routes/held-reply.ts';
import { mapReduceRoutes } from './routes/mapreduce.ts';

export { ControllerReplica } from './objects/controller-replica.ts';
export { KvServer } from './objects/kv-server.ts';
export { MapReduceCatalogue } from './objects/mapreduce-catalogue.ts';
export { MapReduceCoordinator } from './objects/mapreduce-coordinator.ts';
export { MapReduceWorker } from './objects/mapreduce-worker.ts';
export { StoreReplica } from './objects/store-replica.ts';

const app = createApp(chooseBackends, heldReply, (c, until) => c.executionCtx.waitUntil(until)).route(
  PATHS.mapReduce,
  mapReduceRoutes(APPLICATIONS),
);

export default {
  fetch: app.fetch,
  /** Nobody gets a tunnel. Without this, the runtime answers CONNECT with 500 and a trace in the log. */
  connect: (socket: Socket) => socket.close(),
};
