/**
 * The deployed client in a lab test: on the course's network, with the course's semantics (an absent key reads as "", and
 * a call goes on until it succeeds), and with every operation on record.
 */

import {
  type Call,
  type CallOutcome,
  GroupCaller,
  OneGroupRoute,
  type Route,
  SessionPool,
  StoreClient,
} from '../../src/client/index.ts';
import { decodeText, encodeText } from '../../src/codec/index.ts';
import type { CommandResult, KvSettings } from '../../src/kv/index.ts';
import { asShardId, type ShardOf } from '../../src/shard/index.ts';
import {
  checkHistory,
  type KeyValueInput,
  type KeyValueOperation,
  labKeyValueModel,
} from '../../tools/checker/index.ts';
import { driven } from './driven.ts';
import { LAB_KV_SETTINGS } from './lab-kv-settings.ts';
import { type LabPort, labPort } from './lab-port.ts';
import { check, LabFailure } from './lab-test.ts';
import type { LabWorld } from './lab-world.ts';
import type { Process } from './process.ts';

/** Of real time. The course waits for one second, and then takes the history to be right. */
const CHECK_MS = 30_000;

export class LabClerk {
  readonly number: number;
  readonly #port: LabPort;
  readonly #store: StoreClient;
  readonly #clerks: LabClerks;

  constructor(number: number, port: LabPort, store: StoreClient, clerks: LabClerks) {
    this.number = number;
    this.#port = port;
    this.#store = store;
    this.#clerks = clerks;
  }

  /** From now on it reaches these servers of the service, and no others. */
  connect(servers: readonly number[]): void {
    this.#port.connect(this.#clerks.namesOf(servers));
  }

  get(key: string): Process<string> {
    return this.#record({ type: 'get', key }, this.#get(key));
  }

  *put(key: string, value: string): Process {
    yield* this.#record({ type: 'put', key, value }, this.#put(key, value));
  }

  /** Returns the value before. */
  append(key: string, value: string): Process<string> {
    return this.#record({ type: 'append-old', key, value }, this.#append(key, value));
  }

  *#get(key: string): Process<string> {
    const result = yield* this.#untilAnswered(() => this.#store.read(key));
    return result.type === 'found' ? decodeText(result.value) : '';
  }

  *#put(key: string, value: string): Process<string> {
    const result = yield* this.#write({ type: 'put', key, value: encodeText(value) });
    check(result.type === 'written', `a put of clerk ${this.number} ended as ${result.type}`);
    return '';
  }

  *#append(key: string, value: string): Process<string> {
    const result = yield* this.#write({ type: 'append', key, value: encodeText(value) });
    check(result.type === 'appended', `an append of clerk ${this.number} ended as ${result.type}`);
    const { previous } = result;
    check(previous.type !== 'not-kept', `the reply to an append of clerk ${this.number} was not kept`);
    return previous.type === 'present' ? decodeText(previous.value) : '';
  }

  #write(command: Parameters<StoreClient['write']>[0]): Process<CommandResult> {
    return this.#untilAnswered(() => this.#store.write(command));
  }

  /** A call has all the time there is. So it fails only where nothing was executed, or by a fault. */
  *#untilAnswered<Result>(call: () => Call<CallOutcome<Result>>): Process<Result> {
    for (;;) {
      const outcome = yield* driven(call(), this.#port);
      if (outcome.type === 'answered') return outcome.result;
      const { reason, mayBeExecuted } = outcome;
      if (reason !== 'overloaded' || mayBeExecuted) {
        throw new LabFailure(`a call of clerk ${this.number} ended: ${reason}`);
      }
    }
  }

  *#record(input: KeyValueInput, process: Process<string>): Process<string> {
    const complete = this.#clerks.begin(this.number, input);
    const output = yield* process;
    complete(output);
    return output;
  }
}

/** How the clerks of a service reach it. */
export interface LabService {
  /** The servers that a clerk may be connected to and cut off from, by their names on the network. */
  readonly servers: readonly string[];
  readonly shardOf: ShardOf;
  readonly routeOver: (port: LabPort) => Route;
}

export interface LabClerksOptions {
  readonly settings?: KvSettings;
  /** Off where the history would be larger than what is tested. */
  readonly isRecording?: boolean;
}

/** A group, or a single server, that has all of the store. */
export function wholeService(servers: readonly string[]): LabService {
  return {
    servers,
    shardOf: onlyShardOf,
    routeOver: (port) => new OneGroupRoute(new GroupCaller(servers, port)),
  };
}

/** All of such a store is one shard. */
export const onlyShardOf: ShardOf = () => asShardId(0);

/** The clerks of one store, and what they saw. */
export class LabClerks {
  readonly world: LabWorld;
  readonly #service: LabService;
  readonly #options: LabClerksOptions;
  /** The exact order of calls and returns; time in milliseconds would blur it. */
  #events = 0;
  #made = 0;
  #completed = 0;
  readonly #operations: KeyValueOperation[] = [];

  constructor(world: LabWorld, service: LabService, options: LabClerksOptions = {}) {
    this.world = world;
    this.#service = service;
    this.#options = options;
  }

  /** Calls that returned. */
  get completed(): number {
    return this.#completed;
  }

  /** A clerk that reaches these servers: all, if none are named. */
  make(servers?: readonly number[]): LabClerk {
    const made = this.makeOver(this.#service.routeOver);
    if (servers !== undefined) made.connect(servers);
    return made;
  }

  /** A clerk that finds its way otherwise. */
  makeOver(routeOver: LabService['routeOver']): LabClerk {
    this.#made += 1;
    const number = this.#made;
    const random = this.world.random.fork();
    const port = labPort(this.world, random);
    const store = new StoreClient({
      port,
      route: routeOver(port),
      shardOf: this.#service.shardOf,
      sessions: new SessionPool({
        settings: this.#options.settings ?? LAB_KV_SETTINGS,
        uniquePart: () => `${number}-${random.below(2 ** 31).toString(36)}`,
      }),
      deadlineMs: Number.POSITIVE_INFINITY,
      localAnswerMs: Number.POSITIVE_INFINITY,
    });
    return new LabClerk(number, port, store, this);
  }

  namesOf(servers: readonly number[]): readonly string[] {
    return this.#service.servers.filter((_, server) => servers.includes(server));
  }

  begin(client: number, input: KeyValueInput): (output: string) => void {
    this.#events += 1;
    const call = this.#events;
    return (output) => {
      this.#events += 1;
      this.#completed += 1;
      if (this.#options.isRecording === false) return;
      const isWrite = input.type === 'put';
      this.#operations.push({ client, call, return: this.#events, input, output: isWrite ? null : output });
    };
  }

  /** Also "unknown" fails, which the course lets pass. */
  checkLinearizable(): void {
    const { verdict } = checkHistory(this.#operations, labKeyValueModel, {
      timeLimitMs: CHECK_MS,
      nowMs: () => performance.now(),
    });
    check(verdict === 'linearizable', `the history is ${verdict}`);
  }
}
