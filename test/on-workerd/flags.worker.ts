/** Tells what the runtime was told by wrangler.toml. */

export {
  ControllerReplica,
  KvServer,
  MapReduceCatalogue,
  MapReduceCoordinator,
  MapReduceWorker,
  StoreReplica,
} from '../../workers/index.ts';

export default { fetch: () => Response.json(Cloudflare.compatibilityFlags) };
