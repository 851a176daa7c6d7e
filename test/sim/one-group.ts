import { GroupCaller, OneGroupRoute } from '../../src/client/index.ts';
import {
  createShardOf,
  type StoreAnswer,
  type StoreQuery,
  type StoreResult,
  WholeStore,
} from '../../src/shard/index.ts';
import { openStore } from '../../src/store/index.ts';
import type { Cluster } from './cluster.ts';
import { makeGroup } from './group.ts';
import type { Mark } from './marks.ts';
import { ObservedMachine } from './observed-machine.ts';
import type { Trace } from './trace.ts';
import type { World } from './world.ts';

/** A group that has everything. */
export function oneGroup(world: World, trace: Trace, marks: Set<Mark>): Cluster {
  const { clients, kv } = world.plan;
  const shardOf = createShardOf(clients.shards);
  const group = makeGroup(
    world,
    {
      name: 'store',
      open: ({ parts, onExecute }) => {
        const executed = world.past.executed.bind(world.past);
        const stateMachine = new ObservedMachine<StoreResult, StoreQuery, StoreAnswer>(
          new WholeStore(shardOf, kv),
          onExecute,
          executed,
        );
        return openStore({ ...parts, stateMachine, shardOf, shardCount: undefined, migration: undefined });
      },
      isPolled: false,
      invariants: [],
    },
    trace,
    marks,
  );
  return {
    groups: [group],
    routing: { shardOf, routeOver: (port) => new OneGroupRoute(new GroupCaller(group.replicaNames, port)) },
    isLost: () => false,
    unfinished: () => undefined,
    astray: () => undefined,
  };
}
