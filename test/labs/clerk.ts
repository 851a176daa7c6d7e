/**
 * The deployed clerk in a lab test: in virtual time, on the course's network, with the course's semantics (an absent
 * key reads as "", and a call goes on until it succeeds), and with every operation on record.
 */

import { type Call, Clerk, type Request, type WriteOutcome } from '../../src/client/index.ts';
import { DEFAULT_KV_SETTINGS, type KvSettings } from '../../src/kv/index.ts';
import { decodeReplicaAnswer, type ReplicaAnswer } from '../../src/protocol/index.ts';
import { asReplicaId, type ReplicaId } from '../../src/raft/index.ts';
import {
  checkHistory,
  type KeyValueInput,
  type KeyValueOperation,
  labKeyValueModel,
} from '../../tools/checker/index.ts';
import { check, LabFailure } from './lab-test.ts';
import { type LabWorld, wallClockMs } from './lab-world.ts';
import type { ClientEnd } from './network.ts';
import { type Process, sleep } from './process.ts';

/** Of real time. The course waits for one second, and then takes the history to be right. */
const CHECK_MS = 30_000;

export class LabClerk {
  readonly number: number;
  /** By the number of the server. */
  readonly #ends: readonly ClientEnd[];
  readonly #clerk: Clerk;
  readonly #clerks: LabClerks;

  constructor(number: number, ends: readonly ClientEnd[], clerk: Clerk, clerks: LabClerks) {
    this.number = number;
    this.#ends = ends;
    this.#clerk = clerk;
    this.#clerks = clerks;
  }

  /** From now on it reaches these servers, and no others. */
  connect(servers: readonly number[]): void {
    for (const [server, end] of this.#ends.entries()) end.isEnabled = servers.includes(server);
  }

  get(key: string): Process<string> {
    return this.#record({ type: 'get', key }, this.#get(key));
  }

  *put(key: string, value: string): Process {
    yield* this.#record({ type: 'put', key, value }, this.#write(this.#clerk.put(key, encode(value))));
  }

  /** Returns the value before. */
  append(key: string, value: string): Process<string> {
    const call = this.#clerk.append(key, encode(value));
    return this.#record({ type: 'append-old', key, value }, this.#write(call));
  }

  *#get(key: string): Process<string> {
    const outcome = yield* this.#drive(this.#clerk.get(key));
    switch (outcome.type) {
      case 'found':
        return decode(outcome.value);
      case 'absent':
        return '';
      case 'not-executed':
        throw new LabFailure(`a get of clerk ${this.number} ended: ${outcome.reason}`);
    }
  }

  *#write(call: Call<WriteOutcome>): Process<string> {
    const outcome = yield* this.#drive(call);
    switch (outcome.type) {
      case 'written':
        return '';
      case 'appended':
        return outcome.previous === undefined ? '' : decode(outcome.previous);
      default:
        throw new LabFailure(`a write of clerk ${this.number} ended: ${JSON.stringify(outcome)}`);
    }
  }

  *#record(input: KeyValueInput, process: Process<string>): Process<string> {
    const complete = this.#clerks.begin(this.number, input);
    const output = yield* process;
    complete(output);
    return output;
  }

  *#drive<Outcome>(call: Call<Outcome>): Process<Outcome> {
    let step = call.next();
    while (!step.done) {
      switch (step.value.type) {
        case 'ask':
          step = call.next(yield* this.#ask(step.value.replica, step.value.request));
          break;
        case 'pause':
          yield* sleep(this.#clerks.world.scheduler, step.value.durationMs);
          step = call.next();
          break;
      }
    }
    return step.value;
  }

  *#ask(replica: ReplicaId, { path, body }: Request): Process<ReplicaAnswer | undefined> {
    const end = this.#ends[replica - 1];
    check(end !== undefined, `there is no replica ${replica}`);
    let answer: ReplicaAnswer | undefined;
    yield (resume) =>
      end.call(path, body, (reply) => {
        answer = reply && decodeReplicaAnswer(reply);
        resume();
      });
    return answer;
  }
}

export interface LabClerksOptions {
  /** Their names on the network; replica 1 is the first of them. */
  readonly servers: readonly string[];
  readonly settings?: KvSettings;
  /** Off where the history would be larger than what is tested. */
  readonly isRecording?: boolean;
}

/** The clerks of one service, and what they saw. */
export class LabClerks {
  readonly world: LabWorld;
  readonly #options: LabClerksOptions;
  /** The exact order of calls and returns; time in milliseconds would blur it. */
  #events = 0;
  #made = 0;
  #completed = 0;
  readonly #operations: KeyValueOperation[] = [];

  constructor(world: LabWorld, options: LabClerksOptions) {
    this.world = world;
    this.#options = options;
  }

  /** Calls that returned. */
  get completed(): number {
    return this.#completed;
  }

  /** A clerk that reaches these servers: all, if none are named. */
  make(servers: readonly number[] = [...this.#options.servers.keys()]): LabClerk {
    const { servers: names, settings = DEFAULT_KV_SETTINGS } = this.#options;
    const { network, random } = this.world;
    this.#made += 1;
    const number = this.#made;
    const own = random.fork();
    const clerk = new Clerk({
      replicas: shuffled(
        names.map((_, server) => asReplicaId(server + 1)),
        (bound) => own.below(bound),
      ),
      settings,
      giveUpAfterMs: Number.POSITIVE_INFINITY,
      nowMs: () => wallClockMs(this.world),
      random: (bound) => own.below(bound),
      uniquePart: () => `${number}-${own.below(2 ** 31).toString(36)}`,
    });
    const ends = names.map((server) => network.makeEnd(server));
    const made = new LabClerk(number, ends, clerk, this);
    made.connect(servers);
    return made;
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

function shuffled<Item>(items: readonly Item[], below: (bound: number) => number): readonly Item[] {
  const keyed = items.map((item) => ({ item, key: below(2 ** 31) }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
