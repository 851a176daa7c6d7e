import type { GroupKv, GroupKvOptions, SoloKv, SoloKvOptions } from './kv-config.ts';
import type { ShardedRig, ShardedRigOptions } from './lab5/store-group.ts';
import type { RaftServers } from './raft-servers.ts';
import type { RealTime } from './real-time.ts';

/** What workerd offers to the tests that run in it: servers that are real objects, fresh ones with each call. */
export interface ObjectPlatform {
  raftServers(time: RealTime): RaftServers;
  groupKv(options: GroupKvOptions, time: RealTime): GroupKv;
  shardedRig(options: ShardedRigOptions, time: RealTime): ShardedRig;
  soloKv(options: SoloKvOptions, time: RealTime): SoloKv;
}
