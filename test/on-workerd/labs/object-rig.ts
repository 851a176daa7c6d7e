/** The harness of lab 5 on real objects: the classes that are deployed, which find each other as they do there. */

import { REPLICA_PATHS } from '../../../src/replica/index.ts';
import type { Work } from '../../../src/shard/index.ts';
import { limitsFor } from '../../labs/group.ts';
import { createRealWorld } from '../../labs/lab-world.ts';
import {
  SERVERS_PER_GROUP,
  type ShardedRig,
  type ShardedRigOptions,
  type StoreGroup,
  storeGroupName,
} from '../../labs/lab5/store-group.ts';
import type { Process } from '../../labs/process.ts';
import type { RealTime } from '../../labs/real-time.ts';
import type { LabEnv } from './lab-env.ts';
import { ObjectGroup } from './object-group.ts';
import { LAB_PATHS } from './started-servers.ts';

/** The course's first group is 100; each test has groups of its own, as the name of an object says only which group it is of. */
const FIRST_GROUP_ID = 100;
const GROUPS_PER_TEST = 100;
const CONFIGURATION_POLL_MS = 100;
let tests = 0;

export function makeShardedRig(env: LabEnv, options: ShardedRigOptions, time: RealTime): ShardedRig {
  const { seed, isReliable, maxRaftState, shardCount, shardOf } = options;
  const world = createRealWorld(seed, isReliable, time);
  const firstGroupId = FIRST_GROUP_ID + tests * GROUPS_PER_TEST;
  tests += 1;
  const suffix = `~${firstGroupId}`;
  const shared = {
    suffix,
    servers: SERVERS_PER_GROUP,
    variables: { SHARDS: shardCount, CONFIGURATION_POLL_MS },
  };
  return {
    world,
    firstGroupId,
    makeController: (name, controller) => {
      const settings = { limits: limitsFor(-1), controller };
      const namespace = env.CONTROLLER_REPLICA;
      const group = new ObjectGroup(world, time, { ...shared, name, settings, namespace });
      return { world, group, names: group.servers.map((server) => group.nameOf(server)) };
    },
    makeGroup: (id) => {
      const settings = { limits: limitsFor(maxRaftState), shardOf };
      const namespace = env.STORE_REPLICA;
      const name = storeGroupName(id);
      return storeGroup(new ObjectGroup(world, time, { ...shared, name, suffix: '', settings, namespace }));
    },
  };
}

function storeGroup(group: ObjectGroup): StoreGroup {
  return Object.assign(group, {
    *work(server: number): Process<Work | undefined> {
      const answer = yield* group.askServer<{ type: string; result: Work }>(server, REPLICA_PATHS.work);
      return answer?.type === 'done' ? answer.result : undefined;
    },
    *rowKeys(server: number): Process<readonly string[]> {
      return (yield* group.askServer<readonly string[]>(server, LAB_PATHS.rowKeys)) ?? [];
    },
  });
}
