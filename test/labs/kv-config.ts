/** The course's harness for labs 2 and 4 (its `config`): servers, clerks, and the figures printed with each test. */

import { WholeStore } from '../../src/shard/index.ts';
import { openStore, SoloService } from '../../src/store/index.ts';
import { MemoryTable } from '../../tools/memory-storage/index.ts';
import type { Scheduler } from '../sim/scheduler.ts';
import { LabClerks, onlyShardOf, wholeService } from './clerk.ts';
import { Group, limitsFor, type ServerParts } from './group.ts';
import { type LabGroup, simulatedGroup } from './lab-group.ts';
import { LAB_KV_SETTINGS } from './lab-kv-settings.ts';
import { serverOf } from './lab-port.ts';
import { createLabWorld, type LabWorld, wallClockMs } from './lab-world.ts';
import { immediately, type Process } from './process.ts';

export interface GroupKvOptions {
  readonly servers: number;
  readonly isReliable: boolean;
  /** As the course's: -1 is never. */
  readonly maxRaftState: number;
  readonly seed: number;
}

/** Lab 4: the replicated store, all of it one shard. */
export interface GroupKv {
  readonly world: LabWorld;
  readonly group: LabGroup;
  readonly clerks: LabClerks;
}

export function startGroupKv(
  { servers, isReliable, maxRaftState, seed }: GroupKvOptions,
  scheduler: Scheduler,
): GroupKv {
  const world = createLabWorld(seed, isReliable, scheduler);
  const limits = limitsFor(maxRaftState);
  const group = new Group(world, { name: 'kv', servers, limits, open: openWholeStore });
  const names = group.servers.map((server) => group.nameOf(server));
  return { world, group: simulatedGroup(group), clerks: new LabClerks(world, wholeService(names)) };
}

/** A store that has all its shards for good. */
export function openWholeStore(parts: ServerParts) {
  const stateMachine = new WholeStore(onlyShardOf, LAB_KV_SETTINGS);
  return openStore({
    ...parts,
    stateMachine,
    shardOf: onlyShardOf,
    shardCount: undefined,
    migration: undefined,
  });
}

export interface SoloKvOptions {
  readonly isReliable: boolean;
  readonly seed: number;
  readonly isRecording: boolean;
}

/** Lab 2: one server that is not replicated and never crashes. */
export interface SoloKv {
  readonly world: LabWorld;
  readonly clerks: LabClerks;
  /** Bytes of keys and values: all that the server keeps, as the state machine has no memory besides. */
  keptBytes(): Process<number>;
  /** What the course calls many. */
  readonly manyClients: number;
  end(): Process;
}

const SOLO_SERVER = 'kv';
/** The course's. */
const MANY_CLIENTS = 100_000;

export function startSoloKv({ isReliable, seed, isRecording }: SoloKvOptions, scheduler: Scheduler): SoloKv {
  const world = createLabWorld(seed, isReliable, scheduler);
  const table = new MemoryTable();
  const server = new SoloService({
    settings: LAB_KV_SETTINGS,
    table,
    transaction: (apply) => apply(),
    wallClockMs: () => wallClockMs(world),
  });
  world.network.addServer(SOLO_SERVER, serverOf(server));
  return {
    world,
    clerks: new LabClerks(world, wholeService([SOLO_SERVER]), { isRecording }),
    keptBytes: () => immediately(() => keptBytes(table)),
    manyClients: MANY_CLIENTS,
    end: () => immediately(() => world.network.deleteServer(SOLO_SERVER)),
  };
}

const EVERYTHING = { rowsMax: Number.POSITIVE_INFINITY, bytesMax: Number.POSITIVE_INFINITY };

function keptBytes(table: MemoryTable): number {
  const rows = table.scan({ from: '', to: undefined }, EVERYTHING);
  return rows.reduce((sum, { key, value }) => sum + Buffer.byteLength(key) + value.byteLength, 0);
}
