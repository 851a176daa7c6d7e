import type { ControllerReplicaObject } from './controller-replica-object.ts';
import type { KvReplicaObject } from './kv-replica-object.ts';
import type { KvServerObject } from './kv-server-object.ts';
import type { RaftServerObject } from './raft-server-object.ts';
import type { StoreReplicaObject } from './store-replica-object.ts';

/** The bindings of wrangler.toml beside this file. */
export interface LabEnv {
  readonly RAFT_SERVER: DurableObjectNamespace<RaftServerObject>;
  readonly KV_REPLICA: DurableObjectNamespace<KvReplicaObject>;
  readonly KV_SERVER: DurableObjectNamespace<KvServerObject>;
  readonly STORE_REPLICA: DurableObjectNamespace<StoreReplicaObject>;
  readonly CONTROLLER_REPLICA: DurableObjectNamespace<ControllerReplicaObject>;
}
