/** Changes the configuration of a fleet again and again: groups join and leave, shards are moved. */

import { type CallPort, type ControllerClient, carryOut } from '../../src/client/index.ts';
import type { Change } from '../../src/controller/index.ts';
import { asShardId, type Configuration, type GroupId, groupIdsOf } from '../../src/shard/index.ts';
import type { Fleet } from './fleet.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

export class Operator {
  readonly #world: World;
  readonly #fleet: Fleet;
  readonly #random: Random;
  readonly #port: CallPort;
  readonly #controller: ControllerClient;
  /** Undefined while a change is under way. */
  #configuration: Configuration | undefined;

  constructor(world: World, fleet: Fleet, port: CallPort, controller: ControllerClient) {
    this.#world = world;
    this.#fleet = fleet;
    this.#random = world.random.fork();
    this.#port = port;
    this.#controller = controller;
    this.#form();
  }

  /** The latest: nobody else makes any, once the cluster is formed. Undefined while a change is under way. */
  get configuration(): Configuration | undefined {
    return this.#configuration;
  }

  /** Whoever comes first forms the cluster: the clerks' gateways do so, too. */
  #form(): void {
    carryOut(this.#controller.latest(Number.POSITIVE_INFINITY), this.#port, (formed) => {
      // Nobody's command to form it was executed so far.
      if (formed === undefined || formed.number === 0) return this.#form();
      if (formed.number !== 1) this.#fail(`the cluster was formed with configuration ${formed.number}`);
      this.#configuration = formed;
      this.#plan();
    });
  }

  /** The next change after a while, unless that is when nothing is to be disturbed. */
  #plan(): void {
    this.#world.scheduler.after(this.#random.between(...this.#fleet.plan.changeEveryMs), () => {
      const { configuration } = this;
      if (this.#world.isSafetyPhase() && configuration !== undefined) this.#change(configuration);
      else this.#plan();
    });
  }

  #change(before: Configuration): void {
    this.#configuration = undefined;
    const change = this.#nextChange(before);
    this.#world.trace.note('change', { type: change.type, after: before.number });
    this.#attempt(change, before);
  }

  /** A change that is given up before its time is over was not executed: its queue was full. */
  #attempt(change: Change, before: Configuration): void {
    carryOut(this.#controller.change(change, Number.POSITIVE_INFINITY), this.#port, (result) => {
      if (result === undefined) return this.#attempt(change, before);
      if (result.type !== 'configured') {
        return this.#fail(`a change after ${before.number} was answered: ${result.type}`);
      }
      const after = result.configuration.number;
      if (after < before.number || after > before.number + 1) {
        return this.#fail(`one change led from configuration ${before.number} to ${after}`);
      }
      this.#configuration = result.configuration;
      this.#plan();
    });
  }

  #fail(message: string): void {
    this.#world.verdict.fail('exactly once', message);
  }

  #nextChange({ groups }: Configuration): Change {
    const inside = groupIdsOf(groups);
    const outside = [...this.#fleet.stores.keys()].filter((id) => !groups.has(id));
    const kinds = ['move', ...(outside.length > 0 ? ['join'] : []), ...(inside.length > 1 ? ['leave'] : [])];
    switch (this.#random.pick(kinds)) {
      case 'join':
        return {
          type: 'join',
          groups: new Map(this.#some(outside).map((id) => [id, { replicas: ['any'] }])),
        };
      case 'leave':
        return { type: 'leave', groups: this.#some(inside).slice(0, inside.length - 1) };
      default:
        return {
          type: 'move',
          shard: asShardId(this.#random.below(this.#fleet.plan.shards)),
          group: this.#random.pick(inside),
        };
    }
  }

  /** At least one of them. */
  #some(ids: readonly GroupId[]): readonly GroupId[] {
    const certain = this.#random.pick(ids);
    return ids.filter((id) => id === certain || this.#random.chance(1, 2));
  }
}
