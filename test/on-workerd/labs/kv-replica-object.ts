import type { ReplicaLimits } from '../../../src/replica/index.ts';
import type { StoreAnswer, StoreQuery, StoreResult } from '../../../src/shard/index.ts';
import type { Opened } from '../../../src/store/index.ts';
import type { ReplicaName } from '../../../workers/objects/replica-name.ts';
import { type ObjectParts, ReplicaObject } from '../../../workers/objects/replica-object.ts';
import { openWholeStore } from '../../labs/kv-config.ts';
import { serveLab, startedServer } from './started-servers.ts';

/** A server of lab 4: the shell that is deployed around a store that is all one shard, so that it needs no controller. */
export class KvReplicaObject extends ReplicaObject<StoreResult, StoreQuery, StoreAnswer> {
  constructor(ctx: DurableObjectState) {
    super(ctx, startedServer(ctx).env);
  }

  override async fetch(request: Request): Promise<Response> {
    return serveLab(this.ctx, request) ?? super.fetch(request);
  }

  protected override open(
    _name: ReplicaName,
    parts: ObjectParts,
  ): Opened<StoreResult, StoreQuery, StoreAnswer> {
    return openWholeStore(parts);
  }

  protected override limits(): ReplicaLimits {
    return startedServer(this.ctx).settings.limits;
  }
}
