/** Changes the configuration of a fleet again and again: groups join and leave, shards are moved. */

import { type CallPort, type ControllerClient, carryOut } from '../../src/client/index.ts';
import type { Change, ChangeRefusal } from '../../src/controller/index.ts';
import {
  asShardId,
  type Configuration,
  type GroupId,
  type GroupInfo,
  groupIdsOf,
} from '../../src/shard/index.ts';
import type { Fleet } from './fleet.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

/**
 * A group has not finished with the oldest configurations. Or the cluster has changed since the operator looked: a group
 * was taken up, or is known to nobody, since it has never joined.
 */
const MAY_BE_REFUSED: readonly ChangeRefusal[] = [
  'history-full',
  'group-exists',
  'group-unknown',
  'last-group',
];

export class Operator {
  readonly #world: World;
  readonly #fleet: Fleet;
  readonly #random: Random;
  readonly #port: CallPort;
  readonly #controller: ControllerClient;
  /** Undefined while a change is under way. */
  #configuration: Configuration | undefined;
  #gone: GroupId | undefined;
  #hasDestroyed = false;
  #isGoneUnknown = false;

  constructor(world: World, fleet: Fleet, port: CallPort, controller: ControllerClient) {
    this.#world = world;
    this.#fleet = fleet;
    this.#random = world.random.fork();
    this.#port = port;
    this.#controller = controller;
    this.#form();
  }

  /** The latest, but for groups that were taken up since. Undefined while a change is under way. */
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

  /** A group is gone for good, and nobody has said so yet. */
  get isLossOpen(): boolean {
    return this.#gone !== undefined;
  }

  /** The next change after a while, unless that is when nothing is to be disturbed. */
  #plan(): void {
    this.#world.scheduler.after(this.#random.between(...this.#fleet.plan.changeEveryMs), () => {
      const { configuration } = this;
      const isTime = this.#world.isSafetyPhase() || this.isLossOpen;
      if (!isTime || configuration === undefined) return this.#plan();
      if (this.#world.isSafetyPhase() && this.#fleet.plan.losesGroup && this.#random.chance(1, 5))
        this.#destroy();
      this.#change(configuration);
    });
  }

  /** Once in a run a group is gone with all its disks; who waits for it does so until it is declared lost. */
  #destroy(): void {
    if (this.#hasDestroyed) return;
    this.#hasDestroyed = true;
    const group = this.#random.pick([...this.#fleet.stores.keys()]);
    this.#world.trace.note('gone', { group });
    this.#fleet.lose(group);
    this.#world.scheduler.after(this.#random.between(0, 4000), () => {
      this.#gone = group;
    });
  }

  #change(before: Configuration): void {
    this.#configuration = undefined;
    const change = this.#nextChange(before);
    this.#world.trace.note('change', { type: change.type, after: before.number });
    carryOut(this.#controller.change(change, Number.POSITIVE_INFINITY), this.#port, (result) => {
      // Its queue was full, or this client was forgotten: one look tells whether it was executed, since it cannot be later.
      if (result === undefined) return this.#look(before);
      switch (result.type) {
        case 'configured':
          return this.#configured(change, before, result.configuration);
        case 'refused':
          this.#isGoneUnknown ||= change.type === 'declare-lost' && result.reason === 'group-unknown';
          if (MAY_BE_REFUSED.includes(result.reason)) return this.#look(before);
          return this.#fail(`a ${change.type} after ${before.number} was refused: ${result.reason}`);
        default:
          return this.#fail(`a change after ${before.number} was answered: ${result.type}`);
      }
    });
  }

  #configured(change: Change, before: Configuration, after: Configuration): void {
    // Groups that wait to join are taken up without anybody's asking.
    const numberMax = before.number + 1 + before.joining.size;
    if (after.number < before.number || after.number > numberMax) {
      return this.#fail(`one change led from configuration ${before.number} to ${after.number}`);
    }
    if (change.type === 'declare-lost') {
      this.#gone = undefined;
      this.#fleet.declaredLost(change.group);
    }
    this.#configuration = after;
    this.#plan();
  }

  #look(before: Configuration): void {
    const call = this.#controller.configuration(undefined, Number.POSITIVE_INFINITY);
    carryOut(call, this.#port, (latest) => {
      if (latest === undefined) return this.#look(before);
      if (this.#gone !== undefined && latest.lost.includes(this.#gone)) {
        this.#fleet.declaredLost(this.#gone);
        this.#gone = undefined;
      }
      this.#configuration = latest;
      this.#plan();
    });
  }

  #fail(message: string): void {
    this.#world.verdict.fail('exactly once', message);
  }

  #nextChange({ groups, joining, lost }: Configuration): Change {
    const inside = groupIdsOf(groups);
    const outside = [...this.#fleet.stores.keys()].filter(
      (id) => !groups.has(id) && !joining.has(id) && !lost.includes(id),
    );
    // It has never joined, so nobody knows it: an operator who does not know that it is gone lets it join.
    if (this.#gone !== undefined && this.#isGoneUnknown && outside.includes(this.#gone)) {
      return { type: 'join', groups: new Map([[this.#gone, this.#info(this.#gone)]]) };
    }
    const others = [...inside, ...joining.keys()].some((id) => id !== this.#gone);
    if (this.#gone !== undefined && others) {
      return { type: 'declare-lost', group: this.#gone };
    }
    if (this.#gone !== undefined && outside.length > 0) {
      return { type: 'join', groups: new Map(outside.map((id) => [id, this.#info(id)])) };
    }
    const kinds = ['move', ...(outside.length > 0 ? ['join'] : []), ...(inside.length > 1 ? ['leave'] : [])];
    switch (this.#random.pick(kinds)) {
      case 'join':
        return {
          type: 'join',
          groups: new Map(this.#some(outside).map((id) => [id, this.#info(id)])),
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

  #info(id: GroupId): GroupInfo {
    return { replicas: this.#fleet.stores.get(id)?.replicaNames ?? [] };
  }

  /** At least one of them. */
  #some(ids: readonly GroupId[]): readonly GroupId[] {
    const certain = this.#random.pick(ids);
    return ids.filter((id) => id === certain || this.#random.chance(1, 2));
  }
}
