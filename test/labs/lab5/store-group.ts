/** A store group as the tests of lab 5 see it, and where such groups and their controllers come from. */

import type { ControllerSettings } from '../../../src/controller/index.ts';
import type { GroupId, ShardOf, Work } from '../../../src/shard/index.ts';
import { replicaNames } from '../group.ts';
import type { LabGroup } from '../lab-group.ts';
import type { LabWorld } from '../lab-world.ts';
import type { Process } from '../process.ts';
import type { LabController } from './controller-group.ts';

export const SERVERS_PER_GROUP = 3;

export function storeGroupName(id: GroupId): string {
  return `group-${id}`;
}

/** By which the network knows them. */
export function storeReplicas(id: GroupId): readonly string[] {
  return replicaNames(storeGroupName(id), SERVERS_PER_GROUP);
}

export interface StoreGroup extends LabGroup {
  /** As this server knows it; undefined while it is down. */
  work(server: number): Process<Work | undefined>;
  /** The keys of the rows that this server keeps. */
  rowKeys(server: number): Process<readonly string[]>;
}

export interface ShardedRigOptions {
  readonly isReliable: boolean;
  /** As the course's: -1 is never. */
  readonly maxRaftState: number;
  readonly seed: number;
  readonly shardCount: number;
  readonly shardOf: ShardOf;
}

/** Servers may be down at first. */
export interface ShardedRig {
  readonly world: LabWorld;
  readonly firstGroupId: number;
  makeController(name: string, settings: ControllerSettings): LabController;
  makeGroup(id: GroupId, controller: LabController): StoreGroup;
}
