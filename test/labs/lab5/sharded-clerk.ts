/**
 * A client of the sharded store, with the course's semantics: an absent key reads as "", and a call goes on until it
 * succeeds. Sessions and routing are those that are deployed; every operation is on record.
 */

import { ClientSession } from '../../../src/client/index.ts';
import { LATEST } from '../../../src/controller/index.ts';
import {
  type Command,
  DEFAULT_KV_SETTINGS,
  decodeCommandResult,
  decodeQueryResult,
  encodeCommand,
} from '../../../src/kv/index.ts';
import { REPLICA_PATHS } from '../../../src/protocol/index.ts';
import {
  asGroupId,
  type Configuration,
  type GroupId,
  type Refused,
  type ShardOf,
  ShardRouting,
} from '../../../src/shard/index.ts';
import type { KeyValueInput } from '../../../tools/checker/index.ts';
import type { Random } from '../../sim/random.ts';
import { check } from '../lab-test.ts';
import { type LabWorld, wallClockMs } from '../lab-world.ts';
import { type Process, sleep } from '../process.ts';
import { type LabController, LabControllerClerk } from './controller-group.ts';
import { GroupLine } from './group-line.ts';

/** With one group, before looking whether the shard is elsewhere. */
const PATIENCE_MS = 500;
const EAGER_HOPS_MAX = 2;
const PAUSE_MS = { from: 10, to: 50 } as const;

export interface ShardedClerkOptions {
  readonly number: number;
  readonly world: LabWorld;
  readonly controller: LabController;
  readonly shardOf: ShardOf;
  readonly random: Random;
  /** Begins the record of an operation. */
  readonly begin: (client: number, input: KeyValueInput) => (output: string) => void;
}

export class ShardedClerk {
  readonly #options: ShardedClerkOptions;
  readonly #session: ClientSession;
  readonly #controller: LabControllerClerk;
  readonly #routing = new ShardRouting();
  /** The groups of all configurations seen: one that has left may still have a shard. */
  readonly #groups = new Map<GroupId, GroupLine>();

  constructor(options: ShardedClerkOptions) {
    const { controller, number, random } = options;
    this.#options = options;
    this.#controller = new LabControllerClerk(controller, random.fork());
    this.#session = new ClientSession({
      settings: DEFAULT_KV_SETTINGS,
      uniquePart: () => `${number}-${random.below(2 ** 31).toString(36)}`,
    });
  }

  *get(key: string): Process<string> {
    const complete = this.#begin({ type: 'get', key });
    const bytes = yield* this.#route(key, REPLICA_PATHS.query, encode(key));
    const result = decodeQueryResult(bytes);
    check(result !== undefined, 'a get was answered in an unknown format');
    const value = result.type === 'found' ? decode(result.value) : '';
    complete(value);
    return value;
  }

  *put(key: string, value: string): Process {
    const complete = this.#begin({ type: 'put', key, value });
    complete(yield* this.#write({ type: 'put', key, value: encode(value) }));
  }

  /** Returns the value before. */
  *append(key: string, value: string): Process<string> {
    const complete = this.#begin({ type: 'append-old', key, value });
    const previous = yield* this.#write({ type: 'append', key, value: encode(value) });
    complete(previous);
    return previous;
  }

  *#write(command: Command): Process<string> {
    const session = this.#session.next(wallClockMs(this.#options.world));
    const bytes = yield* this.#route(command.key, REPLICA_PATHS.command, encodeCommand({ session, command }));
    const result = decodeCommandResult(bytes);
    check(result?.type === 'written' || result?.type === 'appended', `a write got ${JSON.stringify(result)}`);
    return result.type === 'written' || result.previous === undefined ? '' : decode(result.previous);
  }

  *#route(key: string, path: string, body: Uint8Array): Process<Uint8Array> {
    const { world, random, shardOf } = this.#options;
    const shard = shardOf(key);
    for (let hop = 0; ; hop += 1) {
      if (hop > EAGER_HOPS_MAX) yield* sleep(world.scheduler, random.between(PAUSE_MS.from, PAUSE_MS.to));
      const owner = this.#routing.target(shard);
      const answer = yield* this.#ask(owner, path, body);
      if (answer instanceof Uint8Array) return answer;
      if (this.#routing.wantsConfiguration(answer)) {
        const latest = yield* this.#controller.find(LATEST, PATIENCE_MS);
        if (latest !== undefined) this.#learn(latest);
      }
      this.#routing.learn(shard, owner, answer);
    }
  }

  *#ask(group: GroupId, path: string, body: Uint8Array): Process<Uint8Array | Refused> {
    const line = this.#groups.get(group);
    const answer = line === undefined ? undefined : yield* line.ask(path, body, PATIENCE_MS);
    if (answer === undefined) return { type: 'no-answer' };
    return answer.type === 'done' ? answer.result : { ...answer, owner: asGroupId(answer.owner) };
  }

  #learn(latest: Configuration): void {
    const { world, random } = this.#options;
    for (const [group, { replicas }] of latest.groups) {
      if (!this.#groups.has(group)) this.#groups.set(group, new GroupLine(world, replicas, random.fork()));
    }
    this.#routing.learnConfiguration(latest);
  }

  #begin(input: KeyValueInput): (output: string) => void {
    return this.#options.begin(this.#options.number, input);
  }
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
