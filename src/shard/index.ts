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
export { StoreStateMachine } from './store-state-machine.ts';
