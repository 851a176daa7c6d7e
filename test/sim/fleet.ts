/** Groups that share the shards of one store, as a controller's configurations say. */

import { ControllerStateMachine, DEFAULT_CONTROLLER_SETTINGS } from '../../src/controller/index.ts';
import { asGroupId, createShardOf, type GroupId, ShardedStore } from '../../src/shard/index.ts';
import type { Cluster } from './cluster.ts';
import { type Group, makeGroup } from './group.ts';
import { OneOwnerAShard, ShardOwners } from './invariants/index.ts';
import type { Mark } from './marks.ts';
import { Migration } from './migration.ts';
import type { Address } from './network.ts';
import { Operator } from './operator.ts';
import type { FleetPlan } from './plan.ts';
import { whatIsAstray, whatMoves } from './resting.ts';
import { FleetRoutes } from './routes.ts';
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

export function fleet(world: World, plan: FleetPlan, trace: Trace, marks: Set<Mark>): Cluster {
  const parts = makeFleet(world, plan, trace, marks);
  const operator = new Operator(world, parts);
  return {
    groups: [parts.controller, ...parts.stores.values()],
    routesFor: (from) => new FleetRoutes(parts, from),
    unfinished: (cores) => whatMoves(parts, cores, operator.configuration),
    astray: (cores) => operator.configuration && whatIsAstray(parts, cores, operator.configuration),
  };
}

function makeFleet(world: World, plan: FleetPlan, trace: Trace, marks: Set<Mark>): Fleet {
  const settings = { ...DEFAULT_CONTROLLER_SETTINGS, shardCount: plan.shards };
  const controller = makeGroup(
    world,
    {
      makeMachine: () => new ControllerStateMachine(settings),
      accompany: () => undefined,
      isPolled: true,
      invariants: [],
    },
    trace.within('controller'),
    marks,
  );
  const stores = new Map<GroupId, Group>();
  const parts: Fleet = { plan, controller, stores };
  const owners = new ShardOwners();
  for (let number = 1; number <= plan.groups; number += 1) {
    const id = asGroupId(number);
    const store = makeGroup(
      world,
      {
        makeMachine: () =>
          new ShardedStore({
            group: id,
            shardCount: plan.shards,
            shardOf: createShardOf(plan.shards),
            kv: world.plan.kv,
          }),
        accompany: (instance) => new Migration(instance, parts, addressOf(id, instance.replica)),
        isPolled: false,
        invariants: [new OneOwnerAShard(owners, id)],
      },
      trace.within(`store ${id}`),
      marks,
    );
    stores.set(id, store);
  }
  return parts;
}

function addressOf(group: GroupId, replica: number): Address {
  return FIRST_NEIGHBOUR + NEIGHBOURS_PER_GROUP * group + replica;
}
