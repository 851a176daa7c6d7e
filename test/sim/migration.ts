/** Runs the deployed migration driver beside a replica, as long as it leads: as workers/objects/migration-loop.ts does. */

import {
  type Configuration,
  createShardOf,
  decodeStoreCommand,
  type GroupId,
  MigrationDriver,
  Refusals,
  type ShardCommand,
  type ShardId,
  type WrongGroup,
} from '../../src/shard/index.ts';
import type { Fleet } from './fleet.ts';
import { type Companion, type GroupResult, isConfiguration } from './group.ts';
import { GroupLine } from './group-line.ts';
import type { Instance, NeighbourOutcome, ReadOutcome } from './instance.ts';
import type { Address } from './network.ts';

export class Migration implements Companion {
  readonly #instance: Instance;
  readonly #fleet: Fleet;
  readonly #from: Address;
  readonly #controller: GroupLine;
  readonly #neighbours = new Map<GroupId, GroupLine>();
  readonly #refusals = new Refusals();
  /** Undefined unless the replica leads. */
  #driver: MigrationDriver | undefined;

  constructor(instance: Instance, fleet: Fleet, from: Address) {
    this.#instance = instance;
    this.#fleet = fleet;
    this.#from = from;
    this.#controller = new GroupLine(fleet.controller, from, fleet.controller.random.fork());
    this.#poll();
  }

  roleChanged(): void {
    this.#driver = this.#instance.isLeader ? this.#makeDriver() : undefined;
  }

  refusal(command: Uint8Array): WrongGroup | undefined {
    const shard = this.#shardOf(command);
    return shard === undefined ? undefined : this.#refusals.find(this.#instance, shard);
  }

  answered(command: Uint8Array, result: GroupResult): void {
    const shard = this.#shardOf(command);
    if (shard !== undefined && result.type === 'wrong-group') this.#refusals.add(shard);
  }

  #shardOf(bytes: Uint8Array): ShardId | undefined {
    const command = decodeStoreCommand(bytes);
    if (command?.type !== 'client') return undefined;
    return createShardOf(this.#fleet.plan.shards)(command.command.command.key);
  }

  #poll(): void {
    this.#instance.after(this.#fleet.plan.pollMs, () => {
      if (this.#driver !== undefined) this.#run(this.#driver, true);
      this.#poll();
    });
  }

  #run(driver: MigrationDriver, poll: boolean): void {
    const { work } = this.#instance;
    if (driver === this.#driver && work !== undefined) driver.run(work, poll);
  }

  #makeDriver(): MigrationDriver {
    const driver: MigrationDriver = new MigrationDriver(
      {
        configuration: (number, done) => this.#configuration(number, this.#later(done)),
        ask: ({ group }, request, done) => {
          const heard = this.#later(done);
          const line = this.#line(group);
          if (line === undefined) return heard(undefined);
          line.ask<NeighbourOutcome>(
            (host, isPinned, respond) => host.ask(request, isPinned, respond),
            heard,
          );
        },
        propose: (command, done) => this.#instance.drive(command, done),
        proposeBulk: (command, done) => this.#rested(command, done),
        nudge: (group) => {
          const store = this.#fleet.stores.get(group);
          const host = store?.hosts[this.#instance.replica - 1];
          if (store?.plan.wakes) host?.current?.campaign();
        },
        again: () => this.#run(driver, false),
      },
      this.#fleet.plan.limits,
    );
    return driver;
  }

  #configuration(number: number, done: (configuration: Configuration | undefined) => void): void {
    this.#controller.ask<ReadOutcome>(
      (host, isPinned, respond) => host.query(number, isPinned, respond),
      (outcome) => done(outcome && isConfiguration(outcome.answer) ? outcome.answer : undefined),
    );
  }

  /** Others have their turn after it. */
  #rested(command: ShardCommand, done: (applied: boolean) => void): void {
    const restMs = this.#fleet.plan.restMs;
    this.#instance.drive(command, (applied) => this.#instance.after(restMs, () => done(applied)));
  }

  #line(group: GroupId): GroupLine | undefined {
    const store = this.#fleet.stores.get(group);
    if (store === undefined) return undefined;
    const line = this.#neighbours.get(group) ?? new GroupLine(store, this.#from, store.random.fork());
    this.#neighbours.set(group, line);
    return line;
  }

  /** What comes from outside waits while the process is paused, and is lost when it ends. */
  #later<Answer>(done: (answer: Answer) => void): (answer: Answer) => void {
    return (answer) => this.#instance.arrived(() => done(answer));
  }
}
