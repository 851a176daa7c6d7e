import type { ControllerSettings } from '../../../src/controller/index.ts';
import type { ReplicaLimits } from '../../../src/replica/index.ts';
import { ControllerReplica } from '../../../workers/objects/controller-replica.ts';
import { serveLab, startedServer } from './started-servers.ts';

/** A server of the shard controller, as it is deployed, on the network of a test. */
export class ControllerReplicaObject extends ControllerReplica {
  constructor(ctx: DurableObjectState) {
    super(ctx, startedServer(ctx).env);
  }

  override async fetch(request: Request): Promise<Response> {
    return serveLab(this.ctx, request) ?? super.fetch(request);
  }

  protected override limits(): ReplicaLimits {
    return startedServer(this.ctx).settings.limits;
  }

  protected override settings(shardCount: number): ControllerSettings {
    return startedServer(this.ctx).settings.controller ?? super.settings(shardCount);
  }
}
