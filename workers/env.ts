import type { KvServer } from './objects/kv-server.ts';
import type { StoreReplica } from './objects/store-replica.ts';

/** The bindings of wrangler.toml. */
export interface Env {
  readonly STORE_REPLICA: DurableObjectNamespace<StoreReplica>;
  readonly KV_SERVER: DurableObjectNamespace<KvServer>;
  readonly REPLICAS_PER_GROUP: number;
  readonly SHARDS: number;
  readonly LOCATION_HINTS: readonly string[];
  readonly ELECTION_TIMEOUT_MS: number;
  readonly HEARTBEAT_INTERVAL_MS: number;
  readonly REPLY_TIMEOUT_MS: number;
  readonly REQUEST_DEADLINE_MS: number;
}
