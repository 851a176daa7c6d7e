import {
  type CommandResult,
  DEFAULT_KV_SETTINGS,
  type Query,
  type QueryResult,
} from '../../../src/kv/index.ts';
import type { Replica, ReplicaLimits } from '../../../src/replica/index.ts';
import { StoreStateMachine } from '../../../src/shard/index.ts';
import { ReplicaObject } from '../../../workers/objects/replica-object.ts';
import { kvServices, ONLY_SHARD } from '../../labs/kv-services.ts';
import { serveLab, startedServer } from './started-servers.ts';

/** A server of lab 4: the shell that is deployed around a store that is all one shard, so that it needs no controller. */
export class KvReplicaObject extends ReplicaObject<CommandResult, Query, QueryResult> {
  constructor(ctx: DurableObjectState) {
    const { env } = startedServer(ctx);
    super(ctx, env, () => new StoreStateMachine(() => ONLY_SHARD, DEFAULT_KV_SETTINGS));
  }

  override async fetch(request: Request): Promise<Response> {
    return serveLab(this.ctx, request) ?? super.fetch(request);
  }

  protected override limits(): ReplicaLimits {
    return startedServer(this.ctx).settings.limits;
  }

  protected override serve(
    replica: Replica<CommandResult, Query, QueryResult>,
    pathname: string,
    body: Uint8Array,
  ): Promise<Response> {
    const service = kvServices(replica)[pathname];
    if (service === undefined) throw new Error(`a group has no service ${pathname}`);
    return new Promise((resolve) => service(body, (answer) => resolve(new Response(answer))));
  }
}
