import type { KvSettings } from '../../../src/kv/index.ts';
import type { ReplicaLimits } from '../../../src/replica/index.ts';
import type { ShardOf } from '../../../src/shard/index.ts';
import { StoreReplica } from '../../../workers/objects/store-replica.ts';
import { LAB_KV_SETTINGS } from '../../labs/lab-kv-settings.ts';
import { serveLab, startedServer } from './started-servers.ts';

/** A server of a store group, as it is deployed, on the network of a test. */
export class StoreReplicaObject extends StoreReplica {
  constructor(ctx: DurableObjectState) {
    super(ctx, startedServer(ctx).env);
  }

  override async fetch(request: Request): Promise<Response> {
    return serveLab(this.ctx, request) ?? super.fetch(request);
  }

  protected override limits(): ReplicaLimits {
    return startedServer(this.ctx).settings.limits;
  }

  protected override settings(): KvSettings {
    return LAB_KV_SETTINGS;
  }

  protected override shardOf(): ShardOf {
    return startedServer(this.ctx).settings.shardOf ?? super.shardOf();
  }
}
