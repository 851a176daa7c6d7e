import { DEFAULT_KV_SETTINGS, type KvSettings } from '../../src/kv/index.ts';
import {
  createShardOf,
  DEFAULT_MIGRATION_LIMITS,
  DEFAULT_RECORD_LIMITS,
  NOBODY,
  ShardedStore,
  type ShardOf,
  type StoreAnswer,
  type StoreQuery,
  type StoreResult,
} from '../../src/shard/index.ts';
import { DEFAULT_RESTS, type Opened, openStore } from '../../src/store/index.ts';
import { fetchPort } from '../fetch-port.ts';
import { clusterPlaces } from '../places.ts';
import { parseStoreGroupName, type ReplicaName } from './replica-name.ts';
import { type ObjectParts, ReplicaObject } from './replica-object.ts';

/** One replica of a store group. */
export class StoreReplica extends ReplicaObject<StoreResult, StoreQuery, StoreAnswer> {
  protected override open(
    { group }: ReplicaName,
    parts: ObjectParts,
  ): Opened<StoreResult, StoreQuery, StoreAnswer> {
    const { env } = this;
    const shardOf = this.shardOf();
    const stateMachine = new ShardedStore({
      group: parseStoreGroupName(group) ?? NOBODY,
      shardCount: env.SHARDS,
      shardOf,
      kv: this.settings(),
      record: DEFAULT_RECORD_LIMITS,
    });
    const settings = {
      ...DEFAULT_RESTS,
      limits: DEFAULT_MIGRATION_LIMITS,
      pollMs: env.CONFIGURATION_POLL_MS,
      patienceMs: env.REPLY_TIMEOUT_MS,
    };
    const migration = { ...clusterPlaces(env), port: fetchPort(env), settings };
    return openStore({ ...parts, stateMachine, shardOf, shardCount: env.SHARDS, migration });
  }

  protected settings(): KvSettings {
    return DEFAULT_KV_SETTINGS;
  }

  protected shardOf(): ShardOf {
    return createShardOf(this.env.SHARDS);
  }
}
