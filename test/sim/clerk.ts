/**
 * A client that has one operation after the other done by a gateway. What it saw becomes the history. An operation that
 * was not executed, by the gateway's word, is left out of it: if it shows all the same, nobody wrote what is read.
 *
 * Some clerks name the sessions of their writes, as users of the HTTP API may: then it is for them to send a write again
 * whose outcome they do not know, under the same session.
 */

import { type CallOutcome, ClientSession, carryOut } from '../../src/client/index.ts';
import type { Command, CommandResult, Session, ValueResult } from '../../src/kv/index.ts';
import type { KeyValueInput, KeyValueOperation, KeyValueOutput } from '../../tools/checker/index.ts';
import type { Gateway } from './gateway.ts';
import { keyOf, Looks } from './looks.ts';
import type { Span } from './plan.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

/** After an operation that was not done: a history with hundreds of open ends takes too long to judge. */
const RELENTING_THINK_MS = [200, 1000] as const;
/** When the time that a healed majority takes is measured. */
const BRISK_THINK_MS = [0, 50] as const;

/** Of a write under a named session; then its clerk goes on with the next, and leaves it open. */
const ATTEMPTS_MAX = 6;

interface Ongoing {
  readonly input: KeyValueInput;
  readonly call: number;
  readonly askedAtMs: number;
  /** Named by the clerk. */
  session: Session | undefined;
  attempts: number;
  /** One of the attempts may be executed. */
  isOpen: boolean;
}

export class Clerk {
  readonly #world: World;
  readonly #number: number;
  readonly #random: Random;
  readonly #gateway: Gateway;
  readonly #looks: Looks;
  readonly #tick: () => number;
  readonly #history: KeyValueOperation[];
  readonly #sessions: ClientSession | undefined;
  #ongoing: Ongoing | undefined;
  #begun = 0;
  #completed = 0;
  #isIdle = false;
  /** Stops when this many operations are completed. */
  #goal = 0;

  constructor(
    world: World,
    number: number,
    gateway: Gateway,
    history: KeyValueOperation[],
    tick: () => number,
  ) {
    this.#world = world;
    this.#number = number;
    this.#gateway = gateway;
    this.#random = world.random.fork();
    this.#looks = new Looks(world, gateway, this.#random);
    this.#history = history;
    this.#tick = tick;
    // Those with low numbers may only read.
    const { clerks, named } = world.plan.clients;
    this.#sessions = number >= clerks - named ? this.#namedSessions() : undefined;
    this.#pause(() => this.#begin());
  }

  get isDone(): boolean {
    return this.#ongoing === undefined && this.#completed >= this.#goal;
  }

  /** So many more operations, the one under way not counted, and no others. */
  go(operations: number): void {
    this.#goal = this.#completed + operations;
    if (!this.#isIdle) return;
    this.#isIdle = false;
    this.#begin();
  }

  /** Puts the operation that is under way, if any, into the history: it may or may not take effect. */
  giveUp(): void {
    if (this.#ongoing !== undefined) this.#record(this.#ongoing, undefined);
    this.#ongoing = undefined;
  }

  #begin(): void {
    if (this.#completed >= this.#goal) {
      this.#isIdle = true;
      return;
    }
    const { looks } = this.#world.plan.clients;
    if (looks > 0 && this.#random.chance(looks, 100)) return this.#look();
    this.#begun += 1;
    const askedAtMs = this.#world.scheduler.nowMs;
    const input = this.#nextInput();
    const session = input.type === 'get' ? undefined : this.#sessions?.next(this.#gateway.port.wallClockMs());
    const ongoing = { input, call: this.#tick(), askedAtMs, session, attempts: 0, isOpen: false };
    this.#ongoing = ongoing;
    this.#attempt(ongoing);
  }

  #attempt(ongoing: Ongoing): void {
    const { port, store } = this.#gateway;
    const { input, session } = ongoing;
    ongoing.attempts += 1;
    const ended = (outcome: CallOutcome<CommandResult | ValueResult>): void => {
      if (this.#ongoing === ongoing) this.#ended(ongoing, outcome);
    };
    if (input.type === 'get') carryOut(store.read(input.key), port, ended);
    else carryOut(store.write(commandOf(input), session), port, ended);
  }

  #namedSessions(): ClientSession {
    let ids = 0;
    const uniquePart = (): string => {
      ids += 1;
      return `named-${this.#number}-${ids}`;
    };
    return new ClientSession({ settings: this.#world.plan.kv, uniquePart });
  }

  /** Beside the operations: it counts as none of them. */
  #look(): void {
    this.#looks.take((answered) =>
      this.#pause(() => this.#begin(), answered ? undefined : RELENTING_THINK_MS),
    );
  }

  #nextInput(): KeyValueInput {
    const { keys, readers, gets, paddingBytes } = this.#world.plan.clients;
    const key = keyOf(this.#random.below(keys));
    const kind = this.#random.below(100);
    if (kind < gets || this.#number < readers) return { type: 'get', key };
    const value = `${this.#number}.${this.#begun};${'x'.repeat(paddingBytes)}`;
    const write = this.#random.below(10);
    if (write < 1) return { type: 'delete', key };
    return write < 4 ? { type: 'put', key, value } : { type: 'append-old', key, value };
  }

  #ended(ongoing: Ongoing, outcome: CallOutcome<CommandResult | ValueResult>): void {
    ongoing.isOpen ||= outcome.type === 'failed' && outcome.mayBeExecuted;
    if (outcome.type === 'failed') return this.#failed(ongoing);
    if (outcome.result.type === 'session-expired' && this.#sessions !== undefined) {
      return this.#expired(ongoing, this.#sessions);
    }
    const { result } = outcome;
    switch (result.type) {
      case 'found':
      case 'absent':
        this.#looks.readLinearizable(ongoing.input.key, ongoing.askedAtMs, result);
        return this.#complete(ongoing, result.type === 'found' ? textOf(result.value) : null);
      case 'written':
      case 'deleted':
        return this.#written(ongoing, result.version, null);
      case 'appended':
        return this.#appended(ongoing, result);
      default:
        // None of these can come to a client that keeps the rules.
        return this.#world.verdict.fail('exactly once', `clerk ${this.#number} got ${result.type}`);
    }
  }

  #failed(ongoing: Ongoing): void {
    const { input, session, attempts, isOpen } = ongoing;
    if (isOpen && session !== undefined && attempts < ATTEMPTS_MAX) {
      const again = (): void => {
        if (this.#ongoing === ongoing) this.#attempt(ongoing);
      };
      return this.#pause(again, RELENTING_THINK_MS);
    }
    // Where requests are doubled, the twin of one that was refused may be executed.
    const isCertain = !isOpen && this.#world.plan.clients.duplicates === 0;
    const { type, key } = input;
    if (!isCertain) this.#record(ongoing, undefined);
    else this.#world.trace.note('not done', { clerk: this.#number, type, key, operation: this.#begun });
    this.#ongoing = undefined;
    this.#pause(() => this.#begin(), isCertain ? undefined : RELENTING_THINK_MS);
  }

  /** What was sent before may be executed, and forgotten; what was not, goes out under a new id. */
  #expired(ongoing: Ongoing, sessions: ClientSession): void {
    const nowMs = this.#gateway.port.wallClockMs();
    const session = sessions.renew(nowMs, nowMs);
    if (ongoing.isOpen) {
      this.#record(ongoing, undefined);
      this.#ongoing = undefined;
      return this.#pause(() => this.#begin(), RELENTING_THINK_MS);
    }
    ongoing.session = session;
    const again = (): void => {
      if (this.#ongoing === ongoing) this.#attempt(ongoing);
    };
    this.#pause(again, RELENTING_THINK_MS);
  }

  #appended(ongoing: Ongoing, { version, previous }: Extract<CommandResult, { type: 'appended' }>): void {
    const { input } = ongoing;
    if (previous.type === 'not-kept' && input.type === 'append-old') {
      return this.#written({ ...ongoing, input: { ...input, type: 'append' } }, version, null);
    }
    this.#written(ongoing, version, previous.type === 'present' ? textOf(previous.value) : null);
  }

  #written(ongoing: Ongoing, version: number, output: KeyValueOutput): void {
    const { verdict, versions } = this.#world;
    const problem = versions.given(ongoing.input.key, version, `${this.#number}.${this.#begun}`);
    if (problem !== undefined) verdict.fail('versions are given once', problem);
    this.#looks.saw(ongoing.input.key, version);
    this.#complete(ongoing, output);
  }

  #complete(ongoing: Ongoing, output: KeyValueOutput): void {
    this.#record(ongoing, output);
    this.#ongoing = undefined;
    this.#completed += 1;
    this.#pause(() => this.#begin());
  }

  #record({ input, call }: Ongoing, output: KeyValueOutput | undefined): void {
    const returned = output === undefined ? undefined : this.#tick();
    if (output !== undefined || input.type !== 'get') {
      this.#history.push({ client: this.#number, call, return: returned, input, output });
    }
    this.#world.trace.note(returned === undefined ? 'unknown' : 'done', {
      clerk: this.#number,
      type: input.type,
      key: input.key,
      output: String(output),
    });
  }

  #pause(then: () => void, thinkMs: Span = this.#thinkMs): void {
    this.#world.scheduler.after(this.#random.between(...thinkMs), then);
  }

  get #thinkMs(): Span {
    return this.#world.isSafetyPhase() ? this.#world.plan.clients.thinkMs : BRISK_THINK_MS;
  }
}

function commandOf(input: KeyValueInput): Command {
  const { key } = input;
  switch (input.type) {
    case 'put':
      return { type: 'put', key, value: new TextEncoder().encode(input.value) };
    case 'append-old':
      return { type: 'append', key, value: new TextEncoder().encode(input.value) };
    case 'delete':
      return { type: 'delete', key };
    default:
      throw new Error(`clerks do not ${input.type}`);
  }
}

function textOf(value: Uint8Array): string {
  return new TextDecoder().decode(value);
}
