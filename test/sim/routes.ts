/** Whom a clerk asks about a key. */

import { LATEST } from '../../src/controller/index.ts';
import { createShardOf, type Refused, type ShardOf, ShardRouting } from '../../src/shard/index.ts';
import type { Fleet } from './fleet.ts';
import { type Group, isConfiguration } from './group.ts';
import { GroupLine } from './group-line.ts';
import type { ReadOutcome } from './instance.ts';
import type { Address } from './network.ts';

export interface Routes {
  /** Undefined as long as nobody is known to serve it. */
  groupFor(key: string): Group | undefined;
  /** The group that was asked did not answer, or sent the clerk elsewhere. */
  refused(key: string, refused: Refused): void;
}

/** The beliefs of a router (src/shard/shard-routing.ts), and its questions to the controller. */
export class FleetRoutes implements Routes {
  readonly #fleet: Fleet;
  readonly #controller: GroupLine;
  readonly #shardOf: ShardOf;
  readonly #routing = new ShardRouting();
  #isLooking = false;

  constructor(fleet: Fleet, from: Address) {
    this.#fleet = fleet;
    this.#controller = new GroupLine(fleet.controller, from, fleet.controller.random.fork());
    this.#shardOf = createShardOf(fleet.plan.shards);
  }

  groupFor(key: string): Group | undefined {
    return this.#fleet.stores.get(this.#routing.target(this.#shardOf(key)));
  }

  refused(key: string, refused: Refused): void {
    const shard = this.#shardOf(key);
    const asked = this.#routing.target(shard);
    if (this.#routing.wantsConfiguration(refused)) this.#lookUp();
    this.#routing.learn(shard, asked, refused);
  }

  #lookUp(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    this.#controller.ask<ReadOutcome>(
      (host, isPinned, respond) => host.query(LATEST, isPinned, respond),
      (outcome) => {
        this.#isLooking = false;
        if (outcome && isConfiguration(outcome.answer)) this.#routing.learnConfiguration(outcome.answer);
      },
    );
  }
}
