export {
  asGroupId,
  asShardId,
  CONFIGURATION,
  type Configuration,
  configuration,
  type GroupId,
  type GroupInfo,
  type Groups,
  groupId,
  groupIdsOf,
  groupMap,
  groupOf,
  initialConfiguration,
  NOBODY,
  ShardCountError,
  type ShardId,
  shardCountText,
  shardId,
} from './configuration.ts';
export { createShardOf, type ShardOf, tagOf } from './hash.ts';
export {
  DEFAULT_MIGRATION_LIMITS,
  MigrationDriver,
  type MigrationLimits,
  type MigrationPorts,
  type Origin,
} from './migration-driver.ts';
export { settledOf, type Work } from './migration-work.ts';
export { Refusals, type RefusingReplica } from './refusals.ts';
export type { ShardPart } from './shard-copy.ts';
export { DEFAULT_RECORD_LIMITS, type RecordLimits } from './shard-recovery.ts';
export {
  answerNeighbour,
  type Served,
  type ServingReplica,
  SHARD_ANSWER,
  SHARD_REQUEST,
  type ShardAnswer,
  type ShardRequest,
} from './shard-serving.ts';
export {
  type Neighbour,
  readShardStates,
  type ShardState,
} from './shard-state.ts';
export {
  ShardedStore,
  type ShardedStoreOptions,
  type StoreAnswer,
  type StoreQuery,
} from './sharded-store.ts';
export { isSound } from './sound-command.ts';
export {
  decodeStoreCommand,
  SHARD_COMMAND,
  type ShardCommand,
  type StoreCommand,
  type StoreResult,
} from './store-command.ts';
export { LOCAL_QUERY, STORE_REPLY, type StoreReply, type WrongGroup } from './store-wire.ts';
export { WholeStore } from './whole-store.ts';
