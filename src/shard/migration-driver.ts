/**
 * Moves shards: the part that talks. Only the leader of a group drives; what it does is decided anew from the state
 * each time (`findWork`), so that it may stop anywhere and another leader goes on. Everything it asks may fail or come
 * twice: the state machine takes only what goes on from where it is.
 */

import type { Configuration, GroupId, ShardId } from './configuration.ts';
import type { Work } from './migration-work.ts';
import type { ShardAnswer, ShardRequest } from './shard-serving.ts';
import type { ArrivingShard, Neighbour } from './shard-state.ts';
import type { ShardCommand } from './store-command.ts';

/** Each call back comes once, after a time that the port bounds. */
export interface MigrationPorts {
  /** The configuration of that number; undefined if there is none yet, or nobody answers. */
  configuration(number: number, done: (configuration: Configuration | undefined) => void): void;
  /** Asks a group about a shard; undefined if it does not answer. */
  ask(group: Neighbour, request: ShardRequest, done: (answer: ShardAnswer | undefined) => void): void;
  /** Calls back when the command is applied, or will not be for now. */
  propose(command: ShardCommand, done: (applied: boolean) => void): void;
  /** A shard waits for this group, which may not know yet that it is in use. May fail. */
  nudge(group: GroupId): void;
  /** Something has moved on: call `run` again with the work that is left. */
  again(): void;
}

export interface MigrationLimits {
  /** One part of a shard, and so one log entry. */
  readonly partBytesMax: number;
  /** Shards that are copied at the same time. */
  readonly arrivalsMax: number;
}

export const DEFAULT_MIGRATION_LIMITS: MigrationLimits = { partBytesMax: 256 << 10, arrivalsMax: 4 };

export class MigrationDriver {
  readonly #ports: MigrationPorts;
  readonly #limits: MigrationLimits;
  /** What is under way, so that nothing is asked for twice at a time. */
  readonly #underWay = new Set<string>();
  /** Arriving shards whose changes were all here when last asked: the next question freezes them. */
  readonly #caughtUp = new Set<ShardId>();

  constructor(ports: MigrationPorts, limits: MigrationLimits) {
    this.#ports = ports;
    this.#limits = limits;
  }

  /** Starts whatever is not under way. To be called regularly: `poll` also looks for a new configuration. */
  run(work: Work, poll: boolean): void {
    if (poll) this.#lookForConfiguration(work.configuration + 1);
    if (poll) this.#nudge(work);
    let arrivals = 0;
    for (const [shard, state] of work.shards) {
      if (state.type === 'arriving' && arrivals < this.#limits.arrivalsMax) {
        arrivals += 1;
        this.#pull(shard, state);
      }
      if (state.type === 'deleting') {
        this.#start(`sweep ${shard}`, (end) => this.#ports.propose({ type: 'sweep', shard }, end));
      }
    }
    for (const { shard, configuration, to } of work.confirmations) {
      this.#start(`confirm ${configuration} ${shard}`, (end) => {
        this.#ports.ask(to, { type: 'release', shard, configuration }, (answer) => {
          if (answer?.type !== 'released') end(false);
          else this.#ports.propose({ type: 'confirmed', shard, configuration }, end);
        });
      });
    }
  }

  #nudge({ shards }: Work): void {
    const waitedFor = shards.flatMap(([, state]) => (state.type === 'leaving' ? [state.to] : []));
    for (const group of new Set(waitedFor)) this.#ports.nudge(group);
  }

  #lookForConfiguration(number: number): void {
    this.#start('configuration', (end) => {
      this.#ports.configuration(number, (configuration) => {
        if (configuration?.number !== number) end(false);
        else this.#ports.propose({ type: 'configure', configuration }, end);
      });
    });
  }

  #pull(shard: ShardId, state: ArrivingShard): void {
    this.#start(`pull ${shard}`, (end) => {
      this.#ports.ask(state.from, this.#nextRequest(shard, state), (answer) => {
        if (answer?.type !== 'part') {
          end(false);
          return;
        }
        const { part } = answer;
        if (part.type === 'changes' && part.caughtUp) this.#caughtUp.add(shard);
        else this.#caughtUp.delete(shard);
        this.#ports.propose({ type: 'install', shard, configuration: state.configuration, part }, end);
      });
    });
  }

  #nextRequest(shard: ShardId, state: ArrivingShard): ShardRequest {
    const { configuration, cursor, changes } = state;
    const bytesMax = this.#limits.partBytesMax;
    if (!state.copied) return { type: 'rows', shard, configuration, cursor, bytesMax };
    return {
      type: 'changes',
      shard,
      configuration,
      after: changes,
      freeze: this.#caughtUp.has(shard),
      bytesMax,
    };
  }

  #start(what: string, work: (end: (progress: boolean) => void) => void): void {
    if (this.#underWay.has(what)) return;
    this.#underWay.add(what);
    work((progress) => {
      this.#underWay.delete(what);
      if (progress) this.#ports.again();
    });
  }
}
