/** Runs the deployed migration driver at whichever replica leads, over the network of the test. */

import { REPLICA_PATHS } from '../../../src/protocol/index.ts';
import {
  decodeShardAnswer,
  encodeShardCommand,
  encodeShardRequest,
  type GroupId,
  MigrationDriver,
  type MigrationLimits,
  type Neighbour,
  type ShardAnswer,
  type ShardCommand,
  type ShardRequest,
} from '../../../src/shard/index.ts';
import type { Random } from '../../sim/random.ts';
import type { LabWorld } from '../lab-world.ts';
import { type Process, spawn } from '../process.ts';
import { type LabController, LabControllerClerk } from './controller-group.ts';
import { GroupLine } from './group-line.ts';
import type { StoreRaft } from './store-services.ts';

/** The course's. */
const POLL_MS = 100;
const PATIENCE_MS = 400;

/** So small that the labs' shards travel in several parts. */
const LIMITS: MigrationLimits = {
  partBytesMax: 300,
  bulkBytesMin: 0,
  arrivalsPerGroupMax: 4,
  servedChangesPartsMax: 8,
};

export class MigrationHost {
  readonly #world: LabWorld;
  readonly #replica: StoreRaft;
  readonly #random: Random;
  readonly #controller: LabControllerClerk;
  readonly #neighbours = new Map<GroupId, GroupLine>();
  /** Undefined unless this replica leads. */
  #driver: MigrationDriver | undefined;
  #isStopped = false;

  constructor(world: LabWorld, replica: StoreRaft, controller: LabController, random: Random) {
    this.#world = world;
    this.#replica = replica;
    this.#random = random;
    this.#controller = new LabControllerClerk(controller, random.fork());
    this.#poll();
  }

  roleChanged(): void {
    this.#driver = this.#replica.isLeader ? this.#makeDriver() : undefined;
  }

  stop(): void {
    this.#isStopped = true;
    this.#controller.cut();
    for (const line of this.#neighbours.values()) line.cut();
  }

  #poll(): void {
    if (this.#isStopped) return;
    if (this.#driver !== undefined) this.#run(this.#driver, true);
    this.#world.scheduler.after(POLL_MS, () => this.#poll());
  }

  #run(driver: MigrationDriver, poll: boolean): void {
    if (driver !== this.#driver) return;
    const outcome = this.#replica.queryLocal({ type: 'work' });
    if (outcome.type === 'answered' && outcome.answer.type === 'work') driver.run(outcome.answer, poll);
  }

  #makeDriver(): MigrationDriver {
    const driver: MigrationDriver = new MigrationDriver(
      {
        configuration: (number, done) => carryOut(this.#controller.find(number, PATIENCE_MS), done),
        ask: (group, request, done) => carryOut(this.#ask(group, request), done),
        propose: (command, done) => this.#propose(command, done),
        proposeBulk: (command, done) => this.#propose(command, done),
        // No group sleeps here.
        nudge: () => {},
        again: () => this.#run(driver, false),
      },
      LIMITS,
    );
    return driver;
  }

  #propose(command: ShardCommand, done: (applied: boolean) => void): void {
    this.#replica.propose(encodeShardCommand(command), (outcome) =>
      done(outcome.type === 'applied' && outcome.result.type === 'done'),
    );
  }

  *#ask({ group, replicas }: Neighbour, request: ShardRequest): Process<ShardAnswer | undefined> {
    const known = this.#neighbours.get(group);
    const line = known ?? new GroupLine(this.#world, replicas, this.#random.fork());
    this.#neighbours.set(group, line);
    const answer = yield* line.ask(REPLICA_PATHS.shard, encodeShardRequest(request), PATIENCE_MS);
    return answer?.type === 'done' ? decodeShardAnswer(answer.result) : undefined;
  }
}

function carryOut<Result>(process: Process<Result>, done: (result: Result) => void): void {
  spawn(
    (function* (): Process {
      done(yield* process);
    })(),
  );
}
