import {
  DEFAULT_RECORD_LIMITS,
  type GroupId,
  type MigrationLimits,
  ShardedStore,
} from '../../../src/shard/index.ts';
import { type MigrationSettings, openStore } from '../../../src/store/index.ts';
import type { Scheduler } from '../../sim/scheduler.ts';
import { Group, limitsFor } from '../group.ts';
import { simulatedGroup } from '../lab-group.ts';
import { LAB_KV_SETTINGS } from '../lab-kv-settings.ts';
import { createLabWorld, type LabWorld } from '../lab-world.ts';
import { immediately } from '../process.ts';
import { controllerOptions, type LabController, startController } from './controller-group.ts';
import { InspectedStore } from './inspected-store.ts';
import {
  SERVERS_PER_GROUP,
  type ShardedRig,
  type ShardedRigOptions,
  type StoreGroup,
  storeGroupName,
  storeReplicas,
} from './store-group.ts';

/** The course's. */
const FIRST_GROUP_ID = 100;

/** So small that the labs' shards travel in several parts. */
const LIMITS: MigrationLimits = {
  partBytesMax: 300,
  bulkBytesMin: 0,
  arrivalsPerGroupMax: 4,
  settledEvery: 64,
  servedChangesPartsMax: 8,
};

/** Work takes no virtual time, so there is nothing to rest after. The interval of polls is the course's. */
const MIGRATION: MigrationSettings = {
  limits: LIMITS,
  pollMs: 100,
  patienceMs: 400,
  restsPerWork: 0,
  restMsMax: 0,
  pauseMs: 0,
};

/** Controllers and store groups in virtual time. */
export function simulatedRig(options: ShardedRigOptions, scheduler: Scheduler): ShardedRig {
  const world = createLabWorld(options.seed, options.isReliable, scheduler);
  return {
    world,
    firstGroupId: FIRST_GROUP_ID,
    makeController: (name, settings) => startController(world, name, settings),
    makeGroup: (id, controller) => startGroup(world, id, controller, options),
  };
}

function startGroup(
  world: LabWorld,
  id: GroupId,
  controller: LabController,
  { maxRaftState, shardCount, shardOf }: ShardedRigOptions,
): StoreGroup {
  /** Of the servers that run, or ran last. */
  const stores = new Map<number, InspectedStore>();
  const group = new Group(world, {
    name: storeGroupName(id),
    servers: SERVERS_PER_GROUP,
    limits: limitsFor(maxRaftState),
    open: (parts, server, port) => {
      const store = new ShardedStore({
        group: id,
        shardCount,
        shardOf,
        kv: LAB_KV_SETTINGS,
        record: DEFAULT_RECORD_LIMITS,
      });
      const stateMachine = new InspectedStore(store);
      stores.set(server, stateMachine);
      const migration = {
        port,
        settings: MIGRATION,
        controller: controllerOptions(port),
        controllerReplicas: controller.names,
        replicasOf: storeReplicas,
      };
      return openStore({ ...parts, stateMachine, shardOf, shardCount, migration });
    },
  });
  const workOf = (server: number) => {
    const answer = group.replica(server)?.queryLocal({ type: 'work' });
    return answer?.type === 'done' && answer.result.type === 'work' ? answer.result : undefined;
  };
  return {
    ...simulatedGroup(group),
    work: (server) => immediately(() => workOf(server)),
    rowKeys: (server) => immediately(() => stores.get(server)?.rowKeys() ?? []),
  };
}
