/**
 * Moves shards: the part that talks. Only the leader of a group drives; what it does is decided anew from the state
 * each time (`findWork`), so that it may stop anywhere and another leader goes on. Everything it asks may fail or come
 * twice: the state machine takes only what goes on from where it is.
 */

import { type Configuration, type GroupId, NOBODY, type ShardId } from './configuration.ts';
import { settledOf, type Work } from './migration-work.ts';
import { PART_BYTES_MAX, type ShardPart } from './shard-copy.ts';
import type { ShardAnswer, ShardRequest } from './shard-serving.ts';
import type { ArrivingShard, Neighbour, ShardState } from './shard-state.ts';
import type { ShardCommand } from './store-command.ts';
import { shardsInTheWay } from './taking-configuration.ts';

/** Where a shard may be that was on its way to groups that are lost. */
export interface Origin {
  /** Nobody has it. */
  readonly from: Neighbour;
  /** The configuration with which it gave the shard away; 0 of nobody. */
  readonly move: number;
}

/** Each call back comes once, after a time that the port bounds. */
export interface MigrationPorts {
  /**
   * The configuration of that number, or the oldest that is kept; the latest without a number. Undefined if nobody
   * answers.
   */
  configuration(number: number | undefined, done: (configuration: Configuration | undefined) => void): void;
  /** Who may have a shard that a lost group owned before configuration `before`; undefined if nobody answers. */
  origin(
    shard: ShardId,
    before: number,
    lost: ReadonlySet<GroupId>,
    done: (origin: Origin | undefined) => void,
  ): void;
  /** This group needs no configuration below that number. */
  settled(group: GroupId, number: number, done: (isKnown: boolean) => void): void;
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

const SETTLED_REST_POLLS_MAX = 64;

export interface MigrationLimits {
  /** One part of a shard, and so one log entry. */
  readonly partBytesMax: number;
  /** A smaller part holds nobody up. */
  readonly bulkBytesMin: number;
  /** Shards that are copied from one group at the same time: a group that is down holds up only its own. */
  readonly arrivalsPerGroupMax: number;
  /** Parts of changes that are fetched while a shard is served: one that changes faster than that is frozen anyway. */
  readonly servedChangesPartsMax: number;
  /** Configurations after which the controller is told that they are settled; at once while groups wait to join. */
  readonly settledEvery: number;
}

export const DEFAULT_MIGRATION_LIMITS: MigrationLimits = {
  partBytesMax: PART_BYTES_MAX,
  bulkBytesMin: 64 << 10,
  arrivalsPerGroupMax: 4,
  servedChangesPartsMax: 32,
  settledEvery: 64,
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
  /** Groups that are lost, by the latest configuration that was seen. */
  #lost: ReadonlySet<GroupId> = new Set();
  #latest: Configuration | undefined;
  /** What the controller was told last, by this leader. */
  #settled = 0;
  /** Polls until it is told again, and how many are left out after the next failure. */
  #settledRest = { polls: 0, next: 1 };

  constructor(ports: MigrationPorts, limits: MigrationLimits) {
    this.#ports = ports;
    this.#limits = limits;
  }

  /** Starts whatever is not under way. To be called regularly: `poll` also looks for a new configuration. */
  run(work: Work, poll: boolean): void {
    if (work.lostWith !== undefined) return;
    if (poll || this.#isBehind) this.#lookForConfiguration(work);
    if (poll) this.#nudge(work);
    if (poll) this.#tellSettled(work);
    this.#pullAll(work);
    for (const [shard, state] of work.shards) {
      if (!hasLeftovers(state)) continue;
      this.#start(`sweep ${shard}`, (end) => this.#ports.proposeBulk({ type: 'sweep', shard }, end));
    }
    for (const { shard, configuration, to } of work.confirmations) {
      this.#start(`confirm ${configuration} ${shard}`, (end) => {
        const confirmed = { type: 'confirmed', shard, configuration } as const;
        if (this.#lost.has(to.group)) return this.#ports.propose(confirmed, end);
        this.#ports.ask(to, { type: 'release', shard, configuration }, (answer) => {
          if (answer?.type !== 'released') end(false);
          else this.#ports.propose(confirmed, end);
        });
      });
    }
  }

  /** The latest that this driver has seen. */
  get latest(): Configuration | undefined {
    return this.#latest;
  }

  #nudge({ shards }: Work): void {
    const waitedFor = shards.flatMap(([, state]) => (state.type === 'leaving' ? [state.to] : []));
    for (const group of new Set(waitedFor)) if (!this.#lost.has(group)) this.#ports.nudge(group);
  }

  #tellSettled(work: Work): void {
    const number = settledOf(work);
    const every = (this.#latest?.joining.size ?? 0) > 0 ? 1 : this.#limits.settledEvery;
    if (number < this.#settled + every) return;
    const { polls, next } = this.#settledRest;
    if (polls > 0) {
      this.#settledRest = { polls: polls - 1, next };
      return;
    }
    this.#start('settled', (end) => {
      this.#ports.settled(work.group, number, (isKnown) => {
        // An attempt without an answer may be in the controller's queue: many would make the answers later still.
        this.#settledRest = isKnown
          ? { polls: 0, next: 1 }
          : { polls: next, next: Math.min(2 * next, SETTLED_REST_POLLS_MAX) };
        if (isKnown) this.#settled = number;
        end(false);
      });
    });
  }

  /** The latest first: a group that is lost must not take a shard on the way to where it learns of it. */
  #lookForConfiguration(work: Work): void {
    this.#start('configuration', (end) => {
      this.#isBehind = false;
      this.#ports.configuration(undefined, (latest) => {
        if (latest === undefined) return end(false);
        this.#latest = latest;
        this.#lost = new Set(latest.lost);
        const { number } = latest;
        if (this.#lost.has(work.group))
          return this.#ports.propose({ type: 'lost', configuration: number }, end);
        if (number <= work.configuration) return end(false);
        if (number === work.configuration + 1) return this.#take(work, latest, end);
        this.#ports.configuration(work.configuration + 1, (next) => {
          if (next === undefined) end(false);
          else this.#take(work, next, end);
        });
      });
    });
  }

  /** One that must wait for a shard is not proposed: each attempt would cost an entry of the log. */
  #take(work: Work, next: Configuration, end: (progress: boolean) => void): void {
    // The settings are not those that the cluster was made with: its keys would be looked for in the wrong shards.
    if (next.shards.length !== work.shardCount) return end(false);
    const states = new Map(work.shards);
    const inTheWay = shardsInTheWay(next, work.group, states);
    if (inTheWay.length > 0) {
      for (const shard of inTheWay) this.#retain(work.group, shard, states.get(shard), next.number);
      return end(false);
    }
    const type = next.number === work.configuration + 1 ? 'configure' : 'skip';
    this.#ports.propose({ type, configuration: next }, (applied) => {
      this.#isBehind = applied;
      end(applied);
    });
  }

  /** A shard that is to come back, and went to nobody but groups that are lost, need not go there. */
  #retain(group: GroupId, shard: ShardId, state: ShardState | undefined, back: number): void {
    if (state?.type !== 'leaving' || state.returning || !this.#lost.has(state.to)) return;
    const { configuration } = state;
    this.#start(`retain ${shard}`, (end) => {
      this.#ports.origin(shard, back, this.#lost, (origin) => {
        const isOwn = origin?.from.group === group && origin.move === configuration;
        if (isOwn) this.#ports.propose({ type: 'retain', shard, configuration }, end);
        else end(false);
      });
    });
  }

  #pullAll({ group, shards }: Work): void {
    const pulled = new Map<GroupId, number>();
    for (const [shard, state] of shards) {
      if (state.type !== 'arriving' || state.clearing) continue;
      const { from } = state;
      if (this.#lost.has(from.group)) {
        this.#recover(group, shard, state);
        continue;
      }
      const before = pulled.get(from.group) ?? 0;
      if (before >= this.#limits.arrivalsPerGroupMax) continue;
      pulled.set(from.group, before + 1);
      this.#pull(group, shard, state);
    }
  }

  /** The group that has the shard is lost: whoever had it before may still have it, or nobody has. */
  #recover(group: GroupId, shard: ShardId, { configuration, from, move }: ArrivingShard): void {
    this.#start(`pull ${shard}`, (end) => {
      const number = this.#latest?.number ?? configuration;
      // Should it be there after all, it must not serve what begins anew elsewhere.
      this.#ports.ask(from, { type: 'lost', configuration: number }, () => {
        this.#ports.origin(shard, move, this.#lost, (origin) => {
          if (origin === undefined) return end(false);
          const isOwn = origin.from.group === group;
          this.#restart(shard, configuration, isOwn ? FROM_NOBODY : { ...origin, since: 0 }, end);
        });
      });
    });
  }

  #restart(
    shard: ShardId,
    configuration: number,
    source: Origin & { readonly since: number },
    end: (progress: boolean) => void,
  ): void {
    this.#changesParts.delete(shard);
    this.#ports.propose({ type: 'restart', shard, configuration, ...source }, end);
  }

  #pull(group: GroupId, shard: ShardId, state: ArrivingShard): void {
    this.#start(`pull ${shard}`, (end) => {
      this.#ports.ask(state.from, this.#nextRequest(group, shard, state), (answer) => {
        const { configuration, from, move } = state;
        if (answer?.type === 'anew') {
          return this.#restart(shard, configuration, { from, move, since: answer.since }, end);
        }
        // The lost group that it was meant for had it all.
        if (answer?.type === 'gone' && move < configuration) {
          return this.#restart(shard, configuration, FROM_NOBODY, end);
        }
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

  #nextRequest(by: GroupId, shard: ShardId, state: ArrivingShard): ShardRequest {
    const { configuration: due, move: configuration, since, cursor, changes } = state;
    const { partBytesMax: bytesMax, servedChangesPartsMax } = this.#limits;
    const asked = { shard, configuration, by, due, since, bytesMax };
    if (!state.copied) return { type: 'rows', ...asked, cursor };
    const freeze = (this.#changesParts.get(shard) ?? 0) >= servedChangesPartsMax;
    return { type: 'changes', ...asked, after: changes, freeze };
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

const FROM_NOBODY = { from: { group: NOBODY, replicas: [] }, move: 0, since: 0 } as const;

function hasLeftovers(state: ShardState): boolean {
  switch (state.type) {
    case 'deleting':
      return true;
    case 'arriving':
      return state.clearing;
    case 'leaving':
      return state.record === 'dropped';
    case 'serving':
    case 'lost':
      return false;
  }
}

function isNothing(part: ShardPart): part is Extract<ShardPart, { type: 'changes' }> {
  return part.type === 'changes' && part.through === part.after && !part.final;
}
