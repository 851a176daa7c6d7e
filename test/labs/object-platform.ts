import type { GroupKv, GroupKvOptions, SoloKv, SoloKvOptions } from './kv-config.ts';
import type { RaftServers } from './raft-servers.ts';
import type { RealTime } from './real-time.ts';

/** What workerd offers to the tests that run in it: servers that are real objects, fresh ones with each call. */
export interface ObjectPlatform {
  raftServers(time: RealTime): RaftServers;
  groupKv(options: GroupKvOptions, time: RealTime): GroupKv;
  soloKv(options: SoloKvOptions, time: RealTime): SoloKv;
}
