/** Groups that share the shards of one store, as a controller's configurations say. */

import {
  type CallPort,
  ControllerClient,
  type ControllerClientOptions,
  GroupCaller,
  ShardRouter,
} from '../../src/client/index.ts';
import { ControllerStateMachine, DEFAULT_CONTROLLER_SETTINGS } from '../../src/controller/index.ts';
import {
  asGroupId,
  type Configuration,
  createShardOf,
  type GroupId,
  ShardedStore,
  type ShardId,
} from '../../src/shard/index.ts';
import { openController, openStore } from '../../src/store/index.ts';
import { HostClock, MonotonicClock } from './clock.ts';
import type { Cluster, Cores } from './cluster.ts';
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
  /** A group is gone with all it has. */
  readonly lose: (group: GroupId) => void;
  /** The controller has it that the group is lost. */
  readonly declaredLost: (group: GroupId) => void;
}

/** Where the calls of a replica to other groups come from: no replica of those has such an address. */
const FIRST_NEIGHBOUR = 2000;
const NEIGHBOURS_PER_GROUP = 100;
const OPERATOR: Address = 99;
const CONTROLLER = 'controller';

export function fleet(world: World, plan: FleetPlan, trace: Trace, marks: Set<Mark>): Cluster {
  const forming = formation(world, plan);
  const controller = makeController(world, plan, trace, marks);
  const lostShards = new Set<ShardId>();
  const loseShard = (shard: ShardId): void => {
    lostShards.add(shard);
    world.past.lose(shard);
  };
  const owners = new ShardOwners(loseShard);
  const stores = makeStores(world, plan, { trace, marks, controller, forming, owners });
  const random = world.random.fork();
  const gone = new Set<Group>();
  const parts: Fleet = {
    plan,
    controller,
    stores,
    lose(id) {
      const group = stores.get(id);
      if (group === undefined) throw new RangeError(`there is no group ${id}`);
      for (const host of group.hosts) host.destroy();
      gone.add(group);
      for (const shard of owners.lose(id)) loseShard(shard);
    },
    declaredLost(id) {
      const group = stores.get(id);
      if (group === undefined || random.chance(1, 2)) return;
      for (const host of group.hosts) host.restore();
      gone.delete(group);
    },
  };
  const controllerOver = (port: CallPort): ControllerClient =>
    new ControllerClient({ ...forming, group: new GroupCaller(controller.replicaNames, port) });
  const port = operatorPort(world);
  const operator = new Operator(world, parts, port, controllerOver(port));
  const shardOf = createShardOf(plan.shards);
  return {
    get groups() {
      return [controller, ...stores.values()].filter((group) => !gone.has(group));
    },
    isLost: (key) => lostShards.has(shardOf(key)),
    routing: {
      shardOf,
      routeOver: (port) =>
        new ShardRouter({
          port,
          controller: controllerOver(port),
          replicasOf: (group) => replicasOf(world, group),
          shardCount: plan.shards,
          patienceMs: world.plan.raft.replyTimeoutMs,
        }),
    },
    unfinished: (cores) => {
      if (operator.configuration === undefined) return 'the configuration is being changed';
      if (operator.isLossOpen) return 'a group is gone, and not declared lost';
      return whatMoves(parts, cores, latestOf(parts, cores));
    },
    astray: (cores) => {
      const latest = latestOf(parts, cores);
      return latest && whatIsAstray(parts, cores, latest);
    },
  };
}

/** By the controller's leader. */
function latestOf({ plan, controller }: Fleet, cores: Cores): Configuration | undefined {
  const leader = (cores.get(controller) ?? []).find(({ isLeader }) => isLeader)?.current;
  return leader && controllerMachine(plan).query(leader.table, { number: undefined });
}

function controllerMachine(plan: FleetPlan): ControllerStateMachine {
  return new ControllerStateMachine({
    ...DEFAULT_CONTROLLER_SETTINGS,
    ...plan.controller,
    shardCount: plan.shards,
    allowIdleGroups: true,
  });
}

/** Everybody who asks the controller would form the same cluster. */
function formation(world: World, { groups }: FleetPlan): Omit<ControllerClientOptions, 'group'> {
  const ids = Array.from({ length: Math.max(1, groups - 1) }, (_, at) => asGroupId(at + 1));
  let clients = 0;
  return {
    firstGroups: new Map(ids.map((id) => [id, { replicas: replicasOf(world, id) }])),
    newClient: () => {
      clients += 1;
      return `client-${clients}`;
    },
  };
}

function makeController(world: World, plan: FleetPlan, trace: Trace, marks: Set<Mark>): Group {
  return makeGroup(
    world,
    {
      name: CONTROLLER,
      open: ({ parts, onExecute }) => {
        const stateMachine = new ObservedMachine(controllerMachine(plan), onExecute);
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
  readonly owners: ShardOwners;
}

function makeStores(
  world: World,
  plan: FleetPlan,
  { trace, marks, controller, forming, owners }: Surroundings,
): ReadonlyMap<GroupId, Group> {
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
            record: plan.record,
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
            shardCount: plan.shards,
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
