/**
 * Groups that hand shards to each other while clients write, with everything under way in one pool, from which it is
 * delivered in any order, late, twice or never. What is drawn decides everything, so a failure can be shrunk.
 *
 * After each step: no shard is served by two groups, every answer is the right one, configurations are taken one by
 * one, and a group that has nothing to do with a shard has nothing of it. In the end, when all is delivered, all data
 * is where the last configuration wants it, and nowhere else.
 */

import { shardRange } from '../../../../src/kv/index.ts';
import {
  answerNeighbour,
  asGroupId,
  asShardId,
  type Configuration,
  type GroupId,
  groupOf,
  initialConfiguration,
  MigrationDriver,
  SHARD_COMMAND,
  type ShardAnswer,
  type ShardCommand,
  type ShardId,
  type ShardPart,
  type ShardRequest,
  type ShardState,
} from '../../../../src/shard/index.ts';
import { compareKeys } from '../../../../src/storage/index.ts';
import type { Action } from './actions.ts';
import { isAboutEarlierMove, type Letter } from './letter.ts';
import { encodeCall, MODEL_TIME_MS, ModelClients } from './model-clients.ts';
import { ensure } from './model-failure.ts';
import { LAG_MAX, ModelGroup, shardOfKey } from './model-group.ts';

export const GROUPS = 3;
export const SHARDS = 3;
const CLIENTS = 3;
const KEYS = ['0a', '0b', '1a', '1b', '2a', '2b'];
const CONFIGURATIONS_MAX = 20;
/** The groups are given this many rounds to finish: many more than the moves that can be left. */
const SETTLE_ROUNDS = 400;
const DELIVERED_KEPT = 200;
/** Enough for a shard of a few rows. */
const BOUNCE_ROUNDS = 8;

export class ModelCluster {
  readonly clients = new ModelClients(CLIENTS);
  readonly #groups: readonly ModelGroup[];
  readonly #history: Configuration[] = [initialConfiguration(SHARDS)];
  readonly #pool: Letter[] = [];
  /** What was delivered lately, and may come again. */
  readonly #delivered: Letter[] = [];
  /** A group that is down: it hears nothing, does nothing and answers nothing. */
  #down: ModelGroup | undefined;
  /** Counts of what came about, so that a test can tell that the model is not idle. */
  readonly seen = { arrivals: 0, duplicates: 0, refusedParts: 0 };

  constructor() {
    this.#groups = Array.from(
      { length: GROUPS },
      (_, number) => new ModelGroup(asGroupId(number + 1), SHARDS),
    );
    this.#configure(asGroupId(1), asGroupId(1), asGroupId(1));
  }

  step({ type, one, other }: Action): void {
    const group = pick(this.#groups, one);
    switch (type) {
      case 'change':
        this.#change(one, other);
        break;
      case 'configure':
        this.#proposeConfiguration(group, other);
        break;
      case 'write': {
        const kind = pick(['append', 'append', 'put', 'delete'] as const, other);
        const call = this.clients.call(other >> 4, kind, pick(KEYS, other >> 8));
        const hint = (other >> 12) % 4 === 0 ? undefined : this.clients.hintFor(call);
        this.#pool.push({ type: 'call', to: hint === undefined ? group : this.#group(hint), call });
        break;
      }
      case 'read':
        this.#read(group, pick(KEYS, other));
        break;
      case 'pull':
        this.#pull(group, other);
        break;
      case 'confirm':
        this.#confirm(group, other);
        break;
      case 'drive':
        this.#drive(group);
        break;
      case 'bounce':
        this.#bounce(asShardId(one % SHARDS), asGroupId(1 + (other % GROUPS)));
        break;
      case 'outage':
        this.#down = other % 2 === 0 ? group : undefined;
        break;
      case 'sweep':
        this.#propose(group, { type: 'sweep', shard: asShardId(other % SHARDS) });
        break;
      case 'deliver':
      case 'lose':
        this.#take(type, one, other);
        break;
      case 'repeat':
        this.#repeat(one, other % 2 === 0);
        break;
    }
    this.check();
  }

  /** All is delivered, and the groups finish their work by the driver, with every port answering at once. */
  settle(): void {
    this.#down = undefined;
    const drivers = this.#groups.map((group) => ({ group, driver: this.#driverOf(group) }));
    for (let round = 0; round < SETTLE_ROUNDS && !this.#isSettled(); round += 1) {
      for (const { group, driver } of drivers) driver.run(group.work(), true);
      while (this.#pool.length > 0) this.#take('deliver', 0, 1);
      this.check();
    }
    ensure(this.#isSettled(), `the groups do not finish: ${this.#describe()}`);
    for (const call of this.clients.lastCalls()) {
      this.clients.answered(
        call,
        this.#ownerOf(call.command.key).apply(encodeCall(call), MODEL_TIME_MS),
        false,
      );
    }
    for (const key of KEYS) {
      const answer = this.#ownerOf(key).query({ type: 'get', key });
      ensure(answer.type !== 'wrong-group', `the owner of ${key} does not serve it`);
      this.clients.read(key, answer);
    }
    for (const group of this.#groups) this.#checkClean(group);
  }

  check(): void {
    for (const key of KEYS) {
      const serving = this.#groups.filter(
        (group) => group.query({ type: 'get', key }).type !== 'wrong-group',
      );
      ensure(
        serving.length <= 1,
        `shard.H2: ${key} is served by groups ${serving.map(({ id }) => id).join(' and ')}`,
      );
      for (const group of serving) this.#read(group, key);
    }
  }

  #change(one: number, other: number): void {
    if (this.#history.length > CONFIGURATIONS_MAX) return;
    const current = this.#latest.shards;
    const shard = one % SHARDS;
    const owner = asGroupId(1 + (other % GROUPS));
    // Sometimes one shard moves, sometimes all change places, as after a join.
    const shards =
      other % 4 === 0
        ? current.map((from) => asGroupId(1 + ((from + one) % GROUPS)))
        : current.map((from, at) => (at === shard ? owner : from));
    this.#configure(...shards);
  }

  #drive(group: ModelGroup): void {
    if (group !== this.#down) this.#driverOf(group).run(group.work(), true);
  }

  /** A shard goes to another group and comes back, while the third may still believe in something earlier. */
  #bounce(shard: ShardId, over: GroupId): void {
    const home = groupOf(this.#latest, shard);
    for (const to of [over, home]) {
      if (this.#history.length > CONFIGURATIONS_MAX) return;
      this.#configure(...this.#latest.shards.with(shard, to));
      for (let round = 0; round < BOUNCE_ROUNDS; round += 1) {
        for (const group of [home, over]) this.#drive(this.#group(group));
      }
    }
  }

  #configure(...shards: readonly GroupId[]): void {
    const groups = new Map(shards.map((group) => [group, { replicas: [`${group}`] }]));
    this.#history.push({ number: this.#history.length, shards, groups, joining: new Map(), lost: [] });
  }

  get #latest(): Configuration {
    return pick(this.#history, this.#history.length - 1);
  }

  /** Mostly the next; now and then one that is long past, or not yet due. */
  #proposeConfiguration(group: ModelGroup, other: number): void {
    const next = group.work().configuration + 1;
    const number = other % 8 === 0 ? other >> 3 : next;
    const configuration = this.#history[number % (this.#history.length + 1)];
    if (configuration !== undefined) this.#propose(group, { type: 'configure', configuration });
  }

  /** Asks for a part as a leader would that believes in what was true `lag` entries ago, of a replica that lags too. */
  #pull(group: ModelGroup, drawn: number): void {
    const arriving = group
      .work((drawn >> 2) % 3)
      .shards.flatMap(([shard, state]) => (state.type === 'arriving' ? [{ shard, state }] : []));
    if (arriving.length === 0) return;
    const { shard, state } = pick(arriving, drawn >> 4);
    const { configuration, from, move, since, cursor, changes } = state;
    const bytesMax = 1 + ((drawn >> 8) % 200);
    const asked = { shard, configuration: move, by: group.id, due: configuration, since, bytesMax };
    const request: ShardRequest = state.copied
      ? { type: 'changes', ...asked, after: changes, freeze: (drawn >> 16) % 3 === 0 }
      : { type: 'rows', ...asked, cursor };
    const source = this.#group(state.from.group);
    if (source === this.#down) return;
    const served = source.serve(request, lagOf(drawn));
    if (served.type === 'first') this.#propose(source, served.command);
    if (served.type === 'part') {
      this.#propose(group, { type: 'install', shard, configuration, part: served.part });
    }
    if (served.type === 'anew') {
      this.#propose(group, { type: 'restart', shard, configuration, from, move, since: served.since });
    }
  }

  #confirm(group: ModelGroup, drawn: number): void {
    const { confirmations } = group.work(drawn % 3);
    if (confirmations.length === 0) return;
    const { shard, configuration, to } = pick(confirmations, drawn >> 2);
    const source = this.#group(to.group);
    if (source === this.#down) return;
    const served = source.serve({ type: 'release', shard, configuration }, lagOf(drawn));
    if (served.type === 'first') this.#propose(source, served.command);
    if (served.type === 'released') this.#propose(group, { type: 'confirmed', shard, configuration });
  }

  #propose(to: ModelGroup, command: ShardCommand): void {
    this.#pool.push({ type: 'command', to, command });
  }

  #take(how: 'deliver' | 'lose', one: number, other: number): void {
    if (this.#pool.length === 0) return;
    // Mostly in order, or nothing would ever come to an end.
    const at = other % 3 === 0 ? one % this.#pool.length : 0;
    const [letter] = this.#pool.splice(at, 1);
    if (letter === undefined || how === 'lose') return;
    if (letter.to === this.#down) this.#pool.push(letter);
    else this.#deliver(letter, (other >> 4) % 5 === 0);
  }

  /** Letters about a move that is over, while the shard moves again, are the ones that do harm. */
  #repeat(drawn: number, isMalicious: boolean): void {
    const letters = isMalicious ? this.#delivered.filter(isAboutEarlierMove) : this.#delivered;
    if (letters.length === 0) return;
    const letter = pick(letters, drawn);
    if (letter.to === this.#down) return;
    this.seen.duplicates += 1;
    this.#deliver(letter, true);
  }

  #deliver(letter: Letter, isReplyLost: boolean): void {
    const { to } = letter;
    if (letter.type === 'command') {
      this.#apply(to, letter.command);
    } else {
      this.#remember(letter);
      const result = to.apply(encodeCall(letter.call), MODEL_TIME_MS);
      this.clients.answered(letter.call, result, isReplyLost);
    }
  }

  #remember(letter: Letter): void {
    this.#delivered.push(letter);
    if (this.#delivered.length > DELIVERED_KEPT) this.#delivered.shift();
  }

  #apply(to: ModelGroup, command: ShardCommand): boolean {
    this.#remember({ type: 'command', to, command });
    const before = to.work();
    const result = to.apply(SHARD_COMMAND.encode(command), MODEL_TIME_MS);
    const after = to.work();
    const step = after.configuration - before.configuration;
    ensure(step === 0 || step === 1, `shard.H1: group ${to.id} went from ${before.configuration} by ${step}`);
    this.#checkRows(to, new Map(after.shards));
    const isPart = command.type === 'install';
    if (isPart && result.type !== 'done') this.seen.refusedParts += 1;
    if (isPart && result.type === 'done' && isFinal(command.part)) this.seen.arrivals += 1;
    return result.type === 'done';
  }

  #read(group: ModelGroup, key: string): void {
    this.clients.read(key, group.query({ type: 'get', key }));
  }

  /** A shard without a state has no rows; otherwise a later arrival would mix with what an earlier stay left behind. */
  #checkRows(group: ModelGroup, states: ReadonlyMap<number, ShardState>): void {
    for (let shard = 0; shard < SHARDS; shard += 1) {
      const rows = states.has(shard) ? [] : rowsOfShard(group, shard);
      ensure(rows.length === 0, `group ${group.id} has ${rows} of shard ${shard}, which it knows nothing of`);
    }
  }

  #checkClean(group: ModelGroup): void {
    const owned = this.#latest.shards.flatMap((owner, shard) => (owner === group.id ? [shard] : []));
    const allowed = (key: string) =>
      key === 'group/configuration' ||
      key.startsWith('group/shard/') ||
      owned.some((shard) => isOfShard(key, shard));
    const left = group.rows().flatMap(({ key }) => (allowed(key) ? [] : [key]));
    ensure(left.length === 0, `group ${group.id} has left ${left.join(', ')}`);
  }

  #isSettled(): boolean {
    return this.#groups.every((group) => {
      const { configuration, shards, confirmations } = group.work();
      const isQuiet = confirmations.length === 0 && shards.every(([, { type }]) => type === 'serving');
      return isQuiet && configuration === this.#latest.number;
    });
  }

  #driverOf(group: ModelGroup): MigrationDriver {
    const proposeTo = (to: ModelGroup) => (command: ShardCommand, done: (applied: boolean) => void) =>
      done(this.#apply(to, command));
    const ports = {
      configuration: (number: number | undefined, done: (found: Configuration | undefined) => void) =>
        done(this.#history[Math.min(number ?? Number.POSITIVE_INFINITY, this.#history.length - 1)]),
      origin: (_shard: ShardId, _before: number, _lost: unknown, done: (origin: undefined) => void) =>
        done(undefined),
      settled: (_group: GroupId, _number: number, done: (isKnown: boolean) => void) => done(true),
      ask: (
        to: { readonly group: GroupId },
        request: ShardRequest,
        done: (answer: ShardAnswer | undefined) => void,
      ) => {
        const source = this.#group(to.group);
        if (source === this.#down) return done(undefined);
        answerNeighbour(
          { isLeader: true, serve: (asked) => source.serve(asked), propose: proposeTo(source) },
          request,
          done,
        );
      },
      propose: proposeTo(group),
      proposeBulk: proposeTo(group),
      nudge: () => {},
      again: () => {},
    };
    return new MigrationDriver(ports, {
      partBytesMax: 100,
      bulkBytesMin: 0,
      arrivalsPerGroupMax: 1,
      servedChangesPartsMax: 3,
      settledEvery: 1,
    });
  }

  #ownerOf(key: string): ModelGroup {
    return this.#group(groupOf(this.#latest, shardOfKey(key)));
  }

  #group(id: GroupId): ModelGroup {
    const group = this.#groups.find((each) => each.id === id);
    ensure(group !== undefined, `there is no group ${id}`);
    return group;
  }

  #describe(): string {
    const works = this.#groups.map((group) => group.work());
    return `${JSON.stringify(this.#latest.shards)} of ${this.#latest.number}, ${JSON.stringify(works)}`;
  }
}

/** Mostly a replica that is nearly up to date, but also one that is far behind. */
function lagOf(drawn: number): number {
  return (drawn >> 10) % 3 === 0 ? drawn % (LAG_MAX + 1) : drawn % 4;
}

function isFinal(part: ShardPart): boolean {
  return part.type === 'changes' && part.final;
}

function rowsOfShard(group: ModelGroup, shard: number): readonly string[] {
  return group.rows().flatMap(({ key }) => (isOfShard(key, shard) || isChange(key, shard) ? [key] : []));
}

function isOfShard(key: string, shard: number): boolean {
  const { from, to } = shardRange(shard);
  return compareKeys(key, from) >= 0 && (to === undefined || compareKeys(key, to) < 0);
}

function isChange(key: string, shard: number): boolean {
  return key.startsWith(`group/change/${shard.toString(16).padStart(4, '0')}/`);
}

function pick<Item>(items: readonly Item[], at: number): Item {
  const item = items[at % items.length];
  ensure(item !== undefined, 'there is nothing to pick from');
  return item;
}
