/** The course's harness for lab 5 (its `config`): a controller, three store groups, clerks, and who is in which group. */

import { ControllerClient, GroupCaller, ShardRouter } from '../../../src/client/index.ts';
import { type ControllerSettings, DEFAULT_CONTROLLER_SETTINGS } from '../../../src/controller/index.ts';
import {
  asGroupId,
  asShardId,
  type Configuration,
  type GroupId,
  type GroupInfo,
  type ShardId,
  type ShardOf,
  type Work,
} from '../../../src/shard/index.ts';
import { type LabClerk, LabClerks } from '../clerk.ts';
import type { LabPort } from '../lab-port.ts';
import { check } from '../lab-test.ts';
import type { LabWorld } from '../lab-world.ts';
import { type Process, sleep } from '../process.ts';
import { controllerOptions, type LabController, LabControllerClerk } from './controller-group.ts';
import {
  SERVERS_PER_GROUP,
  type ShardedRig,
  type ShardedRigOptions,
  type StoreGroup,
  storeReplicas,
} from './store-group.ts';

/** A clerk's with one group, before it looks whether the shard is elsewhere. */
const PATIENCE_MS = 500;
const SETTLE_POLL_MS = 50;
const SETTLE_MS_MAX = 120_000;

export const LAB_SHARDS = 10;

/** The course's: by the first byte of the key. */
export const labShardOf: ShardOf = (key) => asShardId((new TextEncoder().encode(key)[0] ?? 0) % LAB_SHARDS);

export interface ShardedKvOptions extends ShardedRigOptions {
  readonly groups: number;
}

export class ShardedKv {
  readonly world: LabWorld;
  readonly controller: LabController;
  readonly clerk: LabControllerClerk;
  readonly shardCount: number;
  readonly shardOf: ShardOf;
  readonly #rig: ShardedRig;
  readonly #clerks: LabClerks;
  readonly #settings: ControllerSettings;
  readonly #groups: readonly StoreGroup[];
  readonly #furtherControllers: LabController[] = [];

  /** `startAll` starts what is not running. */
  constructor({ shardCount, shardOf, groups }: ShardedKvOptions, rig: ShardedRig) {
    this.#rig = rig;
    this.shardCount = shardCount;
    this.shardOf = shardOf;
    this.world = rig.world;
    this.#settings = { ...DEFAULT_CONTROLLER_SETTINGS, shardCount, allowIdleGroups: true, joiningMax: 256 };
    this.controller = rig.makeController('controller', this.#settings);
    this.clerk = this.controllerClerk(this.controller);
    this.#clerks = new LabClerks(this.world, {
      servers: [],
      shardOf,
      routeOver: (port) => this.#route(port, this.controller, this.groups),
    });
    this.#groups = Array.from({ length: groups }, (_, group) =>
      rig.makeGroup(this.idOf(group), this.controller),
    );
  }

  *startAll(): Process {
    yield* this.controller.group.startAll();
    for (const group of this.#groups) yield* group.startAll();
  }

  *end(): Process {
    for (const { group } of [this.controller, ...this.#furtherControllers]) yield* group.crashAll();
    for (const group of this.#groups) yield* group.crashAll();
  }

  /** A further controller, which the store knows nothing of. */
  *startController(name: string): Process<LabController> {
    const controller = this.#rig.makeController(name, this.#settings);
    this.#furtherControllers.push(controller);
    yield* controller.group.startAll();
    return controller;
  }

  controllerClerk(controller: LabController): LabControllerClerk {
    return new LabControllerClerk(controller, this.world.random.fork());
  }

  makeClerk(controller: LabController = this.controller, groups = this.groups): LabClerk {
    return this.#clerks.makeOver((port) => this.#route(port, controller, groups));
  }

  /** As the course's, a clerk reaches no groups but those that its controller can have told it of. */
  #route(port: LabPort, { names }: LabController, groups: readonly number[]): ShardRouter {
    port.connect([...names, ...groups.flatMap((group) => storeReplicas(this.idOf(group)))]);
    return new ShardRouter({
      port,
      controller: new ControllerClient({
        ...controllerOptions(port),
        group: new GroupCaller(names, port),
      }),
      replicasOf: storeReplicas,
      shardCount: this.#settings.shardCount,
      patienceMs: PATIENCE_MS,
    });
  }

  /** Groups are numbered from 0, as the course does. */
  get groups(): readonly number[] {
    return [...this.#groups.keys()];
  }

  idOf(group: number): GroupId {
    return asGroupId(this.#rig.firstGroupId + group);
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

  *crash(...groups: readonly number[]): Process {
    for (const group of groups) yield* this.group(group).crashAll();
  }

  /** Starts the servers of these groups that are down. */
  *start(...groups: readonly number[]): Process {
    for (const group of groups) yield* this.group(group).startAll();
  }

  /** Returns who it was, if anybody led. */
  *crashLeader(group: number): Process<readonly { readonly group: number; readonly server: number }[]> {
    const server = yield* this.group(group).leader();
    if (server === undefined) return [];
    yield* this.group(group).crash(server);
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
    let unsettled = yield* this.#unsettled(groups, number);
    while (unsettled.length > 0) {
      check(this.world.scheduler.nowMs < untilMs, `the groups do not settle: ${JSON.stringify(unsettled)}`);
      yield* this.sleep(SETTLE_POLL_MS);
      unsettled = yield* this.#unsettled(groups, number);
    }
  }

  /** After `settle`: nothing is left of a shard that is another group's, nor of any move. */
  *checkNothingLeft(): Process {
    const { number } = yield* this.clerk.latest();
    for (const group of this.groups) {
      for (const [server, work] of (yield* this.#works(group)).entries()) {
        if (work !== undefined && isSettled(work, number))
          yield* this.#checkNothingLeftAt(group, server, work);
      }
    }
  }

  *#checkNothingLeftAt(group: number, server: number, { shards }: Work): Process {
    const own = new Set<number>(shards.map(([shard]) => shard));
    const keys = yield* this.group(group).rowKeys(server);
    const left = keys.filter((key) => (key.startsWith('group/') ? isOfMove(key) : !own.has(shardOfRow(key))));
    check(left.length === 0, `server ${server} of group ${group} has left ${left.slice(0, 3).join(', ')}`);
  }

  /** What the servers of groups know, of which the most have not settled. */
  *#unsettled(
    groups: readonly number[],
    latest: number,
  ): Process<readonly (readonly (Work | undefined)[])[]> {
    const unsettled = [];
    for (const group of groups) {
      const works = yield* this.#works(group);
      const settled = works.filter((work) => work !== undefined && isSettled(work, latest));
      if (settled.length <= SERVERS_PER_GROUP / 2) unsettled.push(works);
    }
    return unsettled;
  }

  *#works(group: number): Process<readonly (Work | undefined)[]> {
    const found = this.group(group);
    const works = [];
    for (const server of found.servers) works.push(yield* found.work(server));
    return works;
  }

  get operations(): number {
    return this.#clerks.completed;
  }

  checkLinearizable(): void {
    this.#clerks.checkLinearizable();
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
