/** Groups that share the shards of one store, as a controller's configurations say. */

import {
  type CallPort,
  ControllerClient,
  type ControllerClientOptions,
  GroupCaller,
  ShardRouter,
} from '../../src/client/index.ts';
import { ControllerStateMachine, DEFAULT_CONTROLLER_SETTINGS } from '../../src/controller/index.ts';
import { asGroupId, createShardOf, type GroupId, ShardedStore } from '../../src/shard/index.ts';
import { openController, openStore } from '../../src/store/index.ts';
import { HostClock, MonotonicClock } from './clock.ts';
import type { Cluster } from './cluster.ts';
import { type Group, makeGroup } from './group.ts';
import { OneOwnerAShard, ShardOwners } from './invariants/index.ts';
import type { Mark } from './marks.ts';
import type { Address } from './network.ts';
import { ObservedMachine } from './observed-machine.ts';
import { Operator } from './operator.ts';
import type { FleetPlan } from './plan.ts';
import { whatIsAstray, whatMoves } from './resting.ts';
import { simPort } from './sim-port.ts';
import type { Trace } from './trace.ts';
import type { World } from './world.ts';

export interface Fleet {
  readonly plan: FleetPlan;
  readonly controller: Group;
  readonly stores: ReadonlyMap<GroupId, Group>;
}

/** Where the calls of a replica to other groups come from: no replica of those has such an address. */
const FIRST_NEIGHBOUR = 2000;
const NEIGHBOURS_PER_GROUP = 100;
const OPERATOR: Address = 99;
const CONTROLLER = 'controller';

export function fleet(world: World, plan: FleetPlan, trace: Trace, marks: Set<Mark>): Cluster {
  const forming = formation(plan);
  const controller = makeController(world, plan, trace, marks);
  const stores = makeStores(world, plan, { trace, marks, controller, forming });
  const parts: Fleet = { plan, controller, stores };
  const controllerOver = (port: CallPort): ControllerClient =>
    new ControllerClient({ ...forming, group: new GroupCaller(controller.replicaNames, port) });
  const port = operatorPort(world);
  const operator = new Operator(world, parts, port, controllerOver(port));
  return {
    groups: [controller, ...stores.values()],
    routing: {
      shardOf: createShardOf(plan.shards),
      routeOver: (port) =>
        new ShardRouter({
          port,
          controller: controllerOver(port),
          replicasOf: (group) => replicasOf(world, group),
          patienceMs: world.plan.raft.replyTimeoutMs,
        }),
    },
    unfinished: (cores) => whatMoves(parts, cores, operator.configuration),
    astray: (cores) => operator.configuration && whatIsAstray(parts, cores, operator.configuration),
  };
}

/** Everybody who asks the controller would form the same cluster. */
function formation({ groups }: FleetPlan): Omit<ControllerClientOptions, 'group'> {
  const ids = Array.from({ length: Math.max(1, groups - 1) }, (_, at) => asGroupId(at + 1));
  let clients = 0;
  return {
    firstGroups: new Map(ids.map((id) => [id, { replicas: ['any'] }])),
    newClient: () => {
      clients += 1;
      return `client-${clients}`;
    },
  };
}

function makeController(world: World, { shards }: FleetPlan, trace: Trace, marks: Set<Mark>): Group {
  const settings = { ...DEFAULT_CONTROLLER_SETTINGS, shardCount: shards };
  return makeGroup(
    world,
    {
      name: CONTROLLER,
      open: ({ parts, onExecute }) => {
        const stateMachine = new ObservedMachine(new ControllerStateMachine(settings), onExecute);
        return openController({ ...parts, stateMachine });
      },
      isPolled: true,
      invariants: [],
    },
    trace.within(CONTROLLER),
    marks,
  );
}

interface Surroundings {
  readonly trace: Trace;
  readonly marks: Set<Mark>;
  readonly controller: Group;
  readonly forming: Omit<ControllerClientOptions, 'group'>;
}

function makeStores(
  world: World,
  plan: FleetPlan,
  { trace, marks, controller, forming }: Surroundings,
): ReadonlyMap<GroupId, Group> {
  const owners = new ShardOwners();
  const shardOf = createShardOf(plan.shards);
  const { replyTimeoutMs } = world.plan.raft;
  const settings = { ...plan.rests, limits: plan.limits, pollMs: plan.pollMs, patienceMs: replyTimeoutMs };
  const makeStore = (id: GroupId): Group =>
    makeGroup(
      world,
      {
        name: storeName(id),
        open: ({ parts, onExecute, instance }) => {
          const machine = new ShardedStore({
            group: id,
            shardCount: plan.shards,
            shardOf,
            kv: world.plan.kv,
          });
          const migration = {
            port: instance.portFrom(addressOf(id, instance.replica)),
            settings,
            controller: forming,
            controllerReplicas: controller.replicaNames,
            replicasOf: (group: GroupId) => replicasOf(world, group),
          };
          return openStore({
            ...parts,
            stateMachine: new ObservedMachine(machine, onExecute, world.past.executed.bind(world.past)),
            shardOf,
            migration,
          });
        },
        isPolled: false,
        invariants: [new OneOwnerAShard(owners, id)],
      },
      trace.within(`store ${id}`),
      marks,
    );
  const ids = Array.from({ length: plan.groups }, (_, at) => asGroupId(at + 1));
  return new Map(ids.map((id) => [id, makeStore(id)]));
}

function operatorPort(world: World): CallPort {
  const clock = new HostClock(world.scheduler, 1000, 0);
  return simPort({
    world,
    from: OPERATOR,
    random: world.random.fork(),
    clock: new MonotonicClock(clock),
    // The twin of a request that was refused for lack of room may be executed (platform: `fetch` doubles nothing).
    roughness: ({ group }) => ({ ...group.roughness, duplicates: 0 }),
    arrived: (happened) => happened(),
    real: (durationMs) => durationMs,
  });
}

function storeName(group: GroupId): string {
  return `group-${group}`;
}

function replicasOf({ plan }: World, group: GroupId): readonly string[] {
  return Array.from({ length: plan.replicas }, (_, at) => `${storeName(group)}/${at + 1}`);
}

function addressOf(group: GroupId, replica: number): Address {
  return FIRST_NEIGHBOUR + NEIGHBOURS_PER_GROUP * group + replica;
}
