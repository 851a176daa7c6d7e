/** The course's harness for labs 2 and 4 (its `config`): servers, clerks, and the figures printed with each test. */

import { type CommandResult, DEFAULT_KV_SETTINGS, type Query, type QueryResult } from '../../src/kv/index.ts';
import { StoreStateMachine } from '../../src/shard/index.ts';
import { MemoryTable } from '../../src/storage/index.ts';
import type { Scheduler } from '../sim/scheduler.ts';
import { LabClerks } from './clerk.ts';
import { Group, limitsFor } from './group.ts';
import { kvServices, ONLY_SHARD, soloServices } from './kv-services.ts';
import { type LabGroup, simulatedGroup } from './lab-group.ts';
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
  const group = new Group<CommandResult, Query, QueryResult>(world, {
    name: 'kv',
    servers,
    limits: limitsFor(maxRaftState),
    stateMachine: () => new StoreStateMachine(() => ONLY_SHARD, DEFAULT_KV_SETTINGS),
    attach: (replica) => ({ services: kvServices(replica) }),
  });
  const names = group.servers.map((server) => group.nameOf(server));
  return { world, group: simulatedGroup(group), clerks: new LabClerks(world, { servers: names }) };
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
  world.network.addServer(
    SOLO_SERVER,
    soloServices(table, () => wallClockMs(world)),
  );
  return {
    world,
    clerks: new LabClerks(world, { servers: [SOLO_SERVER], isRecording }),
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
