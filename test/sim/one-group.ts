import { createShardOf, StoreStateMachine } from '../../src/shard/index.ts';
import type { Cluster } from './cluster.ts';
import { type GroupKind, makeGroup } from './group.ts';
import type { Mark } from './marks.ts';
import type { Trace } from './trace.ts';
import type { World } from './world.ts';

/** A group that has everything. */
export function oneGroup(world: World, trace: Trace, marks: Set<Mark>): Cluster {
  const { clients, kv } = world.plan;
  const kind: GroupKind = {
    makeMachine: () => new StoreStateMachine(createShardOf(clients.shards), kv),
    accompany: () => undefined,
    isPolled: false,
    invariants: [],
  };
  const group = makeGroup(world, kind, trace, marks);
  return {
    groups: [group],
    routesFor: () => ({ groupFor: () => group, refused: () => {} }),
    unfinished: () => undefined,
    astray: () => undefined,
  };
}
