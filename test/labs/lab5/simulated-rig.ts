import { DEFAULT_KV_SETTINGS } from '../../../src/kv/index.ts';
import {
  type GroupId,
  ShardedStore,
  type StoreAnswer,
  type StoreQuery,
  type StoreResult,
} from '../../../src/shard/index.ts';
import type { Scheduler } from '../../sim/scheduler.ts';
import { Group, limitsFor } from '../group.ts';
import { simulatedGroup } from '../lab-group.ts';
import { createLabWorld, type LabWorld } from '../lab-world.ts';
import { immediately } from '../process.ts';
import { type LabController, startController } from './controller-group.ts';
import { InspectedStore } from './inspected-store.ts';
import { MigrationHost } from './migration-host.ts';
import {
  SERVERS_PER_GROUP,
  type ShardedRig,
  type ShardedRigOptions,
  type StoreGroup,
} from './store-group.ts';
import { storeServices } from './store-services.ts';

/** The course's. */
const FIRST_GROUP_ID = 100;

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
  const makeStore = () =>
    new InspectedStore(new ShardedStore({ group: id, shardCount, shardOf, kv: DEFAULT_KV_SETTINGS }));
  let store = makeStore();
  /** Of the servers that run, or ran last. */
  const stores = new Map<number, InspectedStore>();
  const group = new Group<StoreResult, StoreQuery, StoreAnswer>(world, {
    name: `group-${id}`,
    servers: SERVERS_PER_GROUP,
    limits: limitsFor(maxRaftState),
    stateMachine: () => {
      store = makeStore();
      return store;
    },
    attach: (replica, server) => {
      stores.set(server, store);
      const migration = new MigrationHost(world, replica, controller, world.random.fork());
      return {
        services: storeServices(replica),
        onRoleChange: () => migration.roleChanged(),
        onStop: () => migration.stop(),
      };
    },
  });
  const workOf = (server: number) => {
    const outcome = group.replica(server)?.queryLocal({ type: 'work' });
    return outcome?.type === 'answered' && outcome.answer.type === 'work' ? outcome.answer : undefined;
  };
  return {
    ...simulatedGroup(group),
    work: (server) => immediately(() => workOf(server)),
    rowKeys: (server) => immediately(() => stores.get(server)?.rowKeys() ?? []),
  };
}
