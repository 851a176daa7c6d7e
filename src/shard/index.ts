export {
  asGroupId,
  asShardId,
  type Configuration,
  decodeConfiguration,
  decodeStrictly,
  encodeConfiguration,
  type GroupId,
  type GroupInfo,
  type Groups,
  groupIdsOf,
  groupOf,
  groupsFromPlain,
  groupsToPlain,
  initialConfiguration,
  listIn,
  NOBODY,
  naturalIn,
  type ShardId,
  textIn,
} from './configuration.ts';
export { createShardOf, fnv1a, type ShardOf, tagOf } from './hash.ts';
export {
  DEFAULT_MIGRATION_LIMITS,
  MigrationDriver,
  type MigrationLimits,
  type MigrationPorts,
} from './migration-driver.ts';
export type { Work } from './migration-work.ts';
export { Refusals, type RefusingReplica } from './refusals.ts';
export {
  decodeShardAnswer,
  decodeShardRequest,
  encodeShardAnswer,
  encodeShardRequest,
} from './serving-codec.ts';
export type { ShardPart } from './shard-copy.ts';
export { type Refused, ShardRouting } from './shard-routing.ts';
export {
  answerNeighbour,
  type Served,
  type ServingReplica,
  type ShardAnswer,
  type ShardRequest,
} from './shard-serving.ts';
export {
  type Neighbour,
  readConfiguration,
  readShardStates,
  type ShardState,
} from './shard-state.ts';
export {
  ShardedStore,
  type ShardedStoreOptions,
  type StoreAnswer,
  type StoreQuery,
} from './sharded-store.ts';
export {
  decodePart,
  decodeStoreCommand,
  encodePart,
  encodeShardCommand,
  type ShardCommand,
  type StoreCommand,
  type StoreResult,
  type WrongGroup,
} from './store-command.ts';
export { StoreStateMachine } from './store-state-machine.ts';
