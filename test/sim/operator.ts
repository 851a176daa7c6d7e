/** Changes the configuration of a fleet again and again: groups join and leave, shards are moved. */

import { type Change, encodeCommand } from '../../src/controller/index.ts';
import {
  asShardId,
  type Configuration,
  type GroupId,
  groupIdsOf,
  initialConfiguration,
} from '../../src/shard/index.ts';
import type { Fleet } from './fleet.ts';
import type { GroupResult } from './group.ts';
import { GroupLine } from './group-line.ts';
import type { CommandOutcome } from './instance.ts';
import type { Address } from './network.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

const ADDRESS: Address = 99;
const BACKOFF_MS = [20, 200] as const;

export class Operator {
  readonly #world: World;
  readonly #fleet: Fleet;
  readonly #random: Random;
  readonly #line: GroupLine;
  #configuration: Configuration;
  #sequence = 0;
  #isAsking = false;

  constructor(world: World, fleet: Fleet) {
    this.#world = world;
    this.#fleet = fleet;
    this.#random = world.random.fork();
    this.#line = new GroupLine(fleet.controller, ADDRESS, this.#random.fork());
    this.#configuration = initialConfiguration(fleet.plan.shards);
    this.#change();
  }

  /** The latest: nobody else makes any. Undefined while a change is under way. */
  get configuration(): Configuration | undefined {
    return this.#isAsking ? undefined : this.#configuration;
  }

  /** The next change after a while, unless that is when nothing is to be disturbed. */
  #plan(): void {
    this.#world.scheduler.after(this.#random.between(...this.#fleet.plan.changeEveryMs), () => {
      if (this.#world.isSafetyPhase()) this.#change();
      else this.#plan();
    });
  }

  #change(): void {
    this.#isAsking = true;
    this.#sequence += 1;
    const change = this.#nextChange();
    this.#world.trace.note('change', { type: change.type, after: this.#configuration.number });
    this.#attempt(encodeCommand({ client: 'operator', sequence: this.#sequence, change }));
  }

  /** The same again until it is answered: it must be executed once. */
  #attempt(command: Uint8Array): void {
    this.#line.ask<CommandOutcome>(
      (host, isPinned, respond) => host.propose(command, isPinned, respond),
      (outcome) => {
        if (outcome !== undefined) return this.#answered(outcome.result);
        this.#world.scheduler.after(this.#random.between(...BACKOFF_MS), () => this.#attempt(command));
      },
    );
  }

  #answered(result: GroupResult): void {
    const before = this.#configuration.number;
    if (result.type !== 'configured') {
      return this.#world.verdict.fail(
        'exactly once',
        `a change after ${before} was answered: ${result.type}`,
      );
    }
    const after = result.configuration.number;
    if (after < before || after > before + 1) {
      return this.#world.verdict.fail(
        'exactly once',
        `one change led from configuration ${before} to ${after}`,
      );
    }
    this.#configuration = result.configuration;
    this.#isAsking = false;
    this.#plan();
  }

  #nextChange(): Change {
    const { groups, number } = this.#configuration;
    const inside = groupIdsOf(groups);
    const outside = [...this.#fleet.stores.keys()].filter((id) => !groups.has(id));
    const kinds = ['move', ...(outside.length > 0 ? ['join'] : []), ...(inside.length > 1 ? ['leave'] : [])];
    switch (number === 0 ? 'join' : this.#random.pick(kinds)) {
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
