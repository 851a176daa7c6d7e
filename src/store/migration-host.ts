/**
 * Runs the migration driver as long as its replica leads: asks the controller and other groups, proposes, and rests.
 *
 * What is written for a shard on its way holds up the commands behind it in the log. So the host rests after it, as many
 * times as long as it took. Once a majority has it there is as much again to do, at the last follower, in applying and
 * in compaction: where all replicas share a thread, their clients lose about a seventh of the time. Where it was spent
 * on long ways, resting would help nobody; hence the limit (docs/decisions/0006).
 *
 * store.M2  What the controller and other groups have sent is read whole, rows and all, before it is proposed.
 * store.M1  Bulk is written one part at a time, however many shards move, and the rest after a part belongs to it.
 */

import {
  type Call,
  type CallPort,
  type ControllerClient,
  carryOut,
  type GroupCaller,
} from '../client/index.ts';
import { REPLICA_PATHS } from '../replica/index.ts';
import {
  type GroupId,
  isSound,
  MigrationDriver,
  type MigrationLimits,
  type Neighbour,
  SHARD_ANSWER,
  SHARD_COMMAND,
  SHARD_REQUEST,
  type ShardAnswer,
  type ShardCommand,
  type ShardRequest,
} from '../shard/index.ts';
import type { StoreGroupReplica } from './store-service.ts';

export interface MigrationSettings {
  readonly limits: MigrationLimits;
  /** How often a leader looks for a new configuration. */
  readonly pollMs: number;
  /** How long another group has to answer. */
  readonly patienceMs: number;
  readonly restsPerWork: number;
  readonly restMsMax: number;
  /** Between two looks at what is to be done. */
  readonly pauseMs: number;
}

export const DEFAULT_RESTS = { restsPerWork: 12, restMsMax: 1000, pauseMs: 20 } as const;

export interface MigrationParts {
  readonly replica: StoreGroupReplica;
  readonly port: CallPort;
  readonly controller: ControllerClient;
  /** The way to another store group. */
  readonly neighbour: (group: GroupId) => GroupCaller;
  readonly settings: MigrationSettings;
}

interface Bulk {
  readonly command: ShardCommand;
  readonly done: (applied: boolean) => void;
}

export class MigrationHost {
  readonly #parts: MigrationParts;
  readonly #driver: MigrationDriver;
  /** The first is being written, or rested after. */
  readonly #bulk: Bulk[] = [];
  /** Of the cluster, as the replica's state has it. */
  #shardCount = 0;
  #isStopped = false;
  #isRunDue = false;

  constructor(parts: MigrationParts) {
    const { controller, neighbour, settings } = parts;
    this.#parts = parts;
    this.#driver = new MigrationDriver(
      {
        configuration: (number, done) =>
          this.#carryOut(controller.configuration(number, settings.patienceMs), done),
        origin: (shard, before, lost, done) =>
          this.#carryOut(controller.origin(shard, before, lost, settings.patienceMs), done),
        settled: (group, number, done) =>
          this.#carryOut(
            controller.change({ type: 'settled', group, number }, settings.patienceMs),
            (result) => done(result?.type === 'configured'),
          ),
        ask: (group, request, done) => this.#carryOut(this.#ask(group, request), done),
        propose: (command, done) => this.#propose(command, done),
        proposeBulk: (command, done) => this.#proposeBulk({ command, done }),
        nudge: (group) => {
          const call = neighbour(group).askAnyone(REPLICA_PATHS.wake, new Uint8Array(0), settings.patienceMs);
          // Whether it heard shows by its coming for the shard.
          this.#carryOut(call, () => {});
        },
        again: () => this.#runSoon(),
      },
      settings.limits,
    );
    this.#pollAfter(0);
  }

  /** Asks the controller now: somebody says that there is news. One question at a time. */
  look(): void {
    this.#run(true);
  }

  /** The replica leads no longer. What is under way ends without effect. */
  stop(): void {
    this.#isStopped = true;
  }

  #pollAfter(delayMs: number): void {
    const { port, settings } = this.#parts;
    port.pause(delayMs, () => {
      if (this.#isStopped) return;
      this.#run(true);
      this.#pollAfter(settings.pollMs);
    });
  }

  /**
   * Each look reads the states of all shards, and each step of each of them asks for one. Between two looks others have
   * their turn, too: a process whose objects always have something to do hears nobody from outside.
   */
  #runSoon(): void {
    if (this.#isRunDue) return;
    this.#isRunDue = true;
    this.#parts.port.pause(this.#parts.settings.pauseMs, () => {
      this.#isRunDue = false;
      this.#run(false);
    });
  }

  #run(poll: boolean): void {
    if (this.#isStopped) return;
    const answer = this.#parts.replica.queryLocal({ type: 'work' });
    if (answer.type !== 'done' || answer.result.type !== 'work') return;
    this.#shardCount = answer.result.shardCount;
    this.#driver.run(answer.result, poll);
  }

  #carryOut<Outcome>(call: Call<Outcome>, done: (outcome: Outcome) => void): void {
    carryOut(call, this.#parts.port, done);
  }

  *#ask(to: Neighbour, request: ShardRequest): Call<ShardAnswer | undefined> {
    const { neighbour, settings } = this.#parts;
    const body = SHARD_REQUEST.encode(request);
    const outcome = yield* neighbour(to.group).untilAnswered(REPLICA_PATHS.shard, body, settings.patienceMs);
    return outcome.type === 'answered' ? SHARD_ANSWER.tryDecode(outcome.result) : undefined;
  }

  #propose(command: ShardCommand, done: (applied: boolean) => void): void {
    if (this.#isStopped) return done(false);
    if (!isSound(command, this.#shardCount)) {
      this.#parts.replica.noteFault(
        'another group',
        new Error(`it has sent what makes no sound ${command.type}`),
      );
      return done(false);
    }
    this.#parts.replica.propose(SHARD_COMMAND.encode(command), (answer) => {
      done(answer.type === 'done' && answer.result.type === 'done');
    });
  }

  #proposeBulk(bulk: Bulk): void {
    this.#bulk.push(bulk);
    if (this.#bulk.length === 1) this.#writeFirstBulk();
  }

  /** store.M1 */
  #writeFirstBulk(): void {
    const [first] = this.#bulk;
    if (first === undefined) return;
    const { port, settings } = this.#parts;
    const beganMs = port.nowMs();
    const end = (applied: boolean): void => {
      // It is the first until it has ended: what `done` adds waits behind it.
      first.done(applied);
      this.#bulk.shift();
      this.#writeFirstBulk();
    };
    this.#propose(first.command, (applied) => {
      const restMs = Math.min(settings.restsPerWork * (port.nowMs() - beganMs), settings.restMsMax);
      if (applied) port.pause(restMs, () => end(true));
      else end(false);
    });
  }
}
