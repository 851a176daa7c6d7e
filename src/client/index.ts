/** How the store and its controller are called: sessions, routing, resends, the search for who leads. No I/O of its own. */
export {
  type Attempt,
  type Call,
  type CallOutcome,
  type CallPort,
  carryOut,
  type Unanswered,
} from './call.ts';
export { ClientSession } from './client-session.ts';
export { ControllerClient, type ControllerClientOptions } from './controller-client.ts';
export { GatheredPort, type InOwnRequest } from './gathered-port.ts';
export { GroupCaller } from './group-caller.ts';
export { type ReadmissionOrder, readmission, type TakenBack } from './readmission.ts';
export { OneGroupRoute, type Route } from './route.ts';
export { SessionPool } from './session-pool.ts';
export { ShardRouter, type ShardRouterOptions } from './shard-router.ts';
export { StoreClient, type StoreClientOptions } from './store-client.ts';
