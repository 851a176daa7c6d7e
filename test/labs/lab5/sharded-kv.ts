/** The course's harness for lab 5 (its `config`): a controller, three store groups, clerks, and who is in which group. */

import { type ControllerSettings, DEFAULT_CONTROLLER_SETTINGS } from '../../../src/controller/index.ts';
import { DEFAULT_KV_SETTINGS } from '../../../src/kv/index.ts';
import {
  asGroupId,
  asShardId,
  type Configuration,
  type GroupId,
  type GroupInfo,
  ShardedStore,
  type ShardId,
  type ShardOf,
  type StoreAnswer,
  type StoreQuery,
  type StoreResult,
  type Work,
} from '../../../src/shard/index.ts';
import type { Scheduler } from '../../sim/scheduler.ts';
import { LabClerks } from '../clerk.ts';
import { Group, limitsFor } from '../group.ts';
import { check } from '../lab-test.ts';
import { createLabWorld, type SimulatedWorld } from '../lab-world.ts';
import { type Process, sleep } from '../process.ts';
import { type LabController, LabControllerClerk, startController } from './controller-group.ts';
import { InspectedStore } from './inspected-store.ts';
import { MigrationHost } from './migration-host.ts';
import { ShardedClerk } from './sharded-clerk.ts';
import { storeServices } from './store-services.ts';

const SERVERS_PER_GROUP = 3;
const FIRST_GROUP_ID = 100;
const SETTLE_POLL_MS = 50;
const SETTLE_MS_MAX = 30_000;

export const LAB_SHARDS = 10;

/** The course's: by the first byte of the key. */
export const labShardOf: ShardOf = (key) => asShardId((new TextEncoder().encode(key)[0] ?? 0) % LAB_SHARDS);

export interface ShardedKvOptions {
  readonly isReliable: boolean;
  /** As the course's: -1 is never. */
  readonly maxRaftState: number;
  readonly seed: number;
  readonly groups?: number;
  readonly shardCount?: number;
  readonly shardOf?: ShardOf;
}

type StoreGroup = Group<StoreResult, StoreQuery, StoreAnswer>;

export class ShardedKv {
  readonly world: SimulatedWorld;
  readonly controller: LabController;
  readonly clerk: LabControllerClerk;
  readonly shardCount: number;
  readonly shardOf: ShardOf;
  /** Only for its history: its clerks know no shards. */
  readonly #history: LabClerks;
  readonly #settings: ControllerSettings;
  readonly #groups: readonly StoreGroup[];
  /** Of the servers that run, by their names on the network. */
  readonly #stores = new Map<string, InspectedStore>();
  #clerks = 0;

  constructor(options: ShardedKvOptions, scheduler: Scheduler) {
    const {
      isReliable,
      maxRaftState,
      seed,
      groups = 3,
      shardCount = LAB_SHARDS,
      shardOf = labShardOf,
    } = options;
    this.shardCount = shardCount;
    this.shardOf = shardOf;
    this.world = createLabWorld(seed, isReliable, scheduler);
    this.#settings = { ...DEFAULT_CONTROLLER_SETTINGS, shardCount };
    this.controller = this.startController('controller');
    this.clerk = this.controllerClerk(this.controller);
    this.#history = new LabClerks(this.world, { servers: [] });
    this.#groups = Array.from({ length: groups }, (_, group) => this.#startGroup(group, maxRaftState));
  }

  /** A further controller, which the store knows nothing of. */
  startController(name: string): LabController {
    return startController(this.world, name, this.#settings);
  }

  controllerClerk(controller: LabController): LabControllerClerk {
    return new LabControllerClerk(controller, this.world.random.fork());
  }

  makeClerk(controller: LabController = this.controller): ShardedClerk {
    this.#clerks += 1;
    const { world, shardOf } = this;
    return new ShardedClerk({
      number: this.#clerks,
      world,
      controller,
      shardOf,
      random: world.random.fork(),
      begin: (client, input) => this.#history.begin(client, input),
    });
  }

  /** Groups are numbered from 0, as the course does. */
  get groups(): readonly number[] {
    return [...this.#groups.keys()];
  }

  idOf(group: number): GroupId {
    return asGroupId(FIRST_GROUP_ID + group);
  }

  join(...groups: readonly number[]): Process<Configuration> {
    return this.clerk.join(new Map(groups.map((group) => [this.idOf(group), this.infoOf(group)])));
  }

  leave(...groups: readonly number[]): Process<Configuration> {
    return this.clerk.leave(...groups.map((group) => this.idOf(group)));
  }

  move(shard: ShardId, group: number): Process<Configuration> {
    return this.clerk.move(shard, this.idOf(group));
  }

  infoOf(group: number): GroupInfo {
    const found = this.group(group);
    return { replicas: found.servers.map((server) => found.nameOf(server)) };
  }

  group(group: number): StoreGroup {
    const found = this.#groups[group];
    check(found !== undefined, `there is no group ${group}`);
    return found;
  }

  crash(...groups: readonly number[]): void {
    for (const group of groups) this.group(group).crashAll();
  }

  start(...groups: readonly number[]): void {
    for (const group of groups) this.startDown(group);
  }

  /** Starts the servers of a group that are down. */
  startDown(group: number): void {
    const found = this.group(group);
    for (const server of found.servers) if (found.replica(server) === undefined) found.start(server);
  }

  /** Returns who it was, if anybody led. */
  crashLeader(group: number): readonly { readonly group: number; readonly server: number }[] {
    const server = this.group(group).leader;
    if (server === undefined) return [];
    this.group(group).crash(server);
    return [{ group, server }];
  }

  sleep(durationMs: number): Process {
    return sleep(this.world.scheduler, durationMs);
  }

  /**
   * Until these groups have taken the latest configuration and have nothing left to move, as most of their replicas
   * know: one that lags is the business of Raft.
   */
  *settle(groups: readonly number[] = this.groups): Process {
    const { number } = yield* this.clerk.latest();
    const untilMs = this.world.scheduler.nowMs + SETTLE_MS_MAX;
    const isReady = (group: number) => this.#settledServers(group, number).length > SERVERS_PER_GROUP / 2;
    while (!groups.every(isReady)) {
      const unsettled = groups
        .filter((group) => !isReady(group))
        .map((group) => this.#workOf(group, this.group(group).leader ?? 0));
      check(this.world.scheduler.nowMs < untilMs, `the groups do not settle: ${JSON.stringify(unsettled)}`);
      yield* this.sleep(SETTLE_POLL_MS);
    }
  }

  /** After `settle`: nothing is left of a shard that is another group's, nor of any move. */
  *checkNothingLeft(): Process {
    const { number } = yield* this.clerk.latest();
    for (const group of this.groups) {
      for (const server of this.#settledServers(group, number)) this.#checkNothingLeftAt(group, server);
    }
  }

  #checkNothingLeftAt(group: number, server: number): void {
    const own = new Set<number>(this.#workOf(group, server)?.shards.map(([shard]) => shard));
    const keys = this.#stores.get(this.group(group).nameOf(server))?.rowKeys() ?? [];
    const left = keys.filter((key) => (key.startsWith('group/') ? isOfMove(key) : !own.has(shardOfRow(key))));
    check(left.length === 0, `server ${server} of group ${group} has left ${left.slice(0, 3).join(', ')}`);
  }

  #settledServers(group: number, latest: number): readonly number[] {
    return this.group(group).servers.filter((server) => {
      const work = this.#workOf(group, server);
      return work !== undefined && isSettled(work, latest);
    });
  }

  #workOf(group: number, server: number): Work | undefined {
    const outcome = this.group(group).replica(server)?.queryLocal({ type: 'work' });
    return outcome?.type === 'answered' && outcome.answer.type === 'work' ? outcome.answer : undefined;
  }

  get operations(): number {
    return this.#history.completed;
  }

  checkLinearizable(): void {
    this.#history.checkLinearizable();
  }

  #startGroup(group: number, maxRaftState: number): StoreGroup {
    const { world, controller, shardCount, shardOf } = this;
    const id = this.idOf(group);
    const name = `group-${id}`;
    const makeStore = () =>
      new InspectedStore(new ShardedStore({ group: id, shardCount, shardOf, kv: DEFAULT_KV_SETTINGS }));
    let store = makeStore();
    return new Group(world, {
      name,
      servers: SERVERS_PER_GROUP,
      limits: limitsFor(maxRaftState),
      stateMachine: () => {
        store = makeStore();
        return store;
      },
      attach: (replica, server) => {
        this.#stores.set(`${name}-${server}`, store);
        const migration = new MigrationHost(world, replica, controller, world.random.fork());
        return {
          services: storeServices(replica),
          onRoleChange: () => migration.roleChanged(),
          onStop: () => migration.stop(),
        };
      },
    });
  }
}

/** A record of changes, or a confirmation that is still to be given. */
function isOfMove(key: string): boolean {
  return key.startsWith('group/change/') || key.startsWith('group/confirm/');
}

/** Rows of shards begin with the shard in four hex digits (src/kv/rows.ts). */
function shardOfRow(key: string): number {
  return Number.parseInt(key.slice(0, 4), 16);
}

function isSettled({ configuration, shards, confirmations }: Work, latest: number): boolean {
  const isQuiet = confirmations.length === 0 && shards.every(([, { type }]) => type === 'serving');
  return configuration === latest && isQuiet;
}
