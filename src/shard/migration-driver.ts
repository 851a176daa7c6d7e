/**
 * Moves shards: the part that talks. Only the leader of a group drives; what it does is decided anew from the state
 * each time (`findWork`), so that it may stop anywhere and another leader goes on. Everything it asks may fail or come
 * twice: the state machine takes only what goes on from where it is.
 */

import type { Configuration, GroupId, ShardId } from './configuration.ts';
import type { Work } from './migration-work.ts';
import { PART_BYTES_MAX, type ShardPart } from './shard-copy.ts';
import type { ShardAnswer, ShardRequest } from './shard-serving.ts';
import type { ArrivingShard, Neighbour } from './shard-state.ts';
import type { ShardCommand } from './store-command.ts';
import { canTake } from './taking-configuration.ts';

/** Each call back comes once, after a time that the port bounds. */
export interface MigrationPorts {
  /** The configuration of that number; undefined if there is none yet, or nobody answers. */
  configuration(number: number, done: (configuration: Configuration | undefined) => void): void;
  /** Asks a group about a shard; undefined if it does not answer. */
  ask(group: Neighbour, request: ShardRequest, done: (answer: ShardAnswer | undefined) => void): void;
  /** Calls back when the command is applied, or will not be for now. */
  propose(command: ShardCommand, done: (applied: boolean) => void): void;
  /** The same for what is large and can wait: the call back may come later, to leave time for everything else. */
  proposeBulk(command: ShardCommand, done: (applied: boolean) => void): void;
  /** A shard waits for this group, which may not know yet that it is in use. May fail. */
  nudge(group: GroupId): void;
  /** Something has moved on: call `run` again with the work that is left. */
  again(): void;
}

export interface MigrationLimits {
  /** One part of a shard, and so one log entry. */
  readonly partBytesMax: number;
  /** A smaller part holds nobody up. */
  readonly bulkBytesMin: number;
  /** Shards that are copied from one group at the same time: a group that is down holds up only its own. */
  readonly arrivalsPerGroupMax: number;
  /** Parts of changes that are fetched while a shard is served: one that changes faster than that is frozen anyway. */
  readonly servedChangesPartsMax: number;
}

export const DEFAULT_MIGRATION_LIMITS: MigrationLimits = {
  partBytesMax: PART_BYTES_MAX,
  bulkBytesMin: 64 << 10,
  arrivalsPerGroupMax: 4,
  servedChangesPartsMax: 32,
};

export class MigrationDriver {
  readonly #ports: MigrationPorts;
  readonly #limits: MigrationLimits;
  /** What is under way, so that nothing is asked for twice at a time. */
  readonly #underWay = new Set<string>();
  /** Parts of changes fetched so far of each arriving shard; at the limit the next question freezes it. */
  readonly #changesParts = new Map<ShardId, number>();
  /** The last configuration that was looked for was there: so may be the next. */
  #isBehind = false;

  constructor(ports: MigrationPorts, limits: MigrationLimits) {
    this.#ports = ports;
    this.#limits = limits;
  }

  /** Starts whatever is not under way. To be called regularly: `poll` also looks for a new configuration. */
  run(work: Work, poll: boolean): void {
    if (poll || this.#isBehind) this.#lookForConfiguration(work);
    if (poll) this.#nudge(work);
    this.#pullAll(work);
    for (const [shard, { type }] of work.shards) {
      if (type !== 'deleting') continue;
      this.#start(`sweep ${shard}`, (end) => this.#ports.proposeBulk({ type: 'sweep', shard }, end));
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

  #lookForConfiguration({ group, configuration: taken, shards }: Work): void {
    const number = taken + 1;
    this.#start('configuration', (end) => {
      this.#isBehind = false;
      this.#ports.configuration(number, (configuration) => {
        // One that must wait for a shard is not proposed: each attempt would cost an entry of the log.
        const isNext = configuration?.number === number && canTake(configuration, group, new Map(shards));
        if (!isNext) return end(false);
        this.#ports.propose({ type: 'configure', configuration }, (applied) => {
          this.#isBehind = applied;
          end(applied);
        });
      });
    });
  }

  #pullAll({ shards }: Work): void {
    const pulled = new Map<GroupId, number>();
    for (const [shard, state] of shards) {
      if (state.type !== 'arriving') continue;
      const { group } = state.from;
      const before = pulled.get(group) ?? 0;
      if (before >= this.#limits.arrivalsPerGroupMax) continue;
      pulled.set(group, before + 1);
      this.#pull(shard, state);
    }
  }

  #pull(shard: ShardId, state: ArrivingShard): void {
    this.#start(`pull ${shard}`, (end) => {
      this.#ports.ask(state.from, this.#nextRequest(shard, state), (answer) => {
        if (answer?.type !== 'part') return end(false);
        const { part } = answer;
        this.#count(shard, part);
        // A part that changes nothing is not worth an entry of the log. It may say that there was nothing to fetch.
        if (isNothing(part)) return end(part.caughtUp);
        const install = { type: 'install', shard, configuration: state.configuration, part } as const;
        if (this.#isBulk(part)) this.#ports.proposeBulk(install, end);
        else this.#ports.propose(install, end);
      });
    });
  }

  #nextRequest(shard: ShardId, state: ArrivingShard): ShardRequest {
    const { configuration, cursor, changes } = state;
    const { partBytesMax: bytesMax, servedChangesPartsMax } = this.#limits;
    if (!state.copied) return { type: 'rows', shard, configuration, cursor, bytesMax };
    const freeze = (this.#changesParts.get(shard) ?? 0) >= servedChangesPartsMax;
    return { type: 'changes', shard, configuration, after: changes, freeze, bytesMax };
  }

  /** A shard of which all changes have come is not asked again before it is frozen. */
  #count(shard: ShardId, part: ShardPart): void {
    if (part.type === 'rows' || part.final) {
      this.#changesParts.delete(shard);
      return;
    }
    const fetched = (this.#changesParts.get(shard) ?? 0) + 1;
    this.#changesParts.set(shard, part.caughtUp ? this.#limits.servedChangesPartsMax : fetched);
  }

  /**
   * Changes never wait: the shard may be frozen, and what changes before it is, nobody serves while it is carried over.
   * There are few parts of them (`servedChangesPartsMax`).
   */
  #isBulk(part: ShardPart): boolean {
    return part.type === 'rows' && part.rows.byteLength >= this.#limits.bulkBytesMin;
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

function isNothing(part: ShardPart): part is Extract<ShardPart, { type: 'changes' }> {
  return part.type === 'changes' && part.through === part.after && !part.final;
}
