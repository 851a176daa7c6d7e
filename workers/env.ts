import type { ControllerReplica } from './objects/controller-replica.ts';
import type { KvServer } from './objects/kv-server.ts';
import type { MapReduceCoordinator } from './objects/mapreduce-coordinator.ts';
import type { MapReduceWorker } from './objects/mapreduce-worker.ts';
import type { StoreReplica } from './objects/store-replica.ts';

/** The bindings of wrangler.toml. */
export interface Env {
  readonly STORE_REPLICA: DurableObjectNamespace<StoreReplica>;
  readonly CONTROLLER_REPLICA: DurableObjectNamespace<ControllerReplica>;
  readonly KV_SERVER: DurableObjectNamespace<KvServer>;
  readonly MAPREDUCE_COORDINATOR: DurableObjectNamespace<MapReduceCoordinator>;
  readonly MAPREDUCE_WORKER: DurableObjectNamespace<MapReduceWorker>;
  readonly MAPREDUCE_BUCKET: R2Bucket;
  readonly REPLICAS_PER_GROUP: number;
  /** The store groups that a cluster begins with. */
  readonly FIRST_GROUPS: readonly number[];
  readonly SHARDS: number;
  /** How often a store group looks for a new configuration. */
  readonly CONFIGURATION_POLL_MS: number;
  readonly LOCATION_HINTS: readonly string[];
  readonly ELECTION_TIMEOUT_MS: number;
  readonly HEARTBEAT_INTERVAL_MS: number;
  readonly REPLY_TIMEOUT_MS: number;
  readonly REQUEST_DEADLINE_MS: number;
}
