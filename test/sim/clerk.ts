/**
 * A client that has one operation after the other done by a gateway. What it saw becomes the history. An operation that
 * was not executed, by the gateway's word, is left out of it: if it shows all the same, nobody wrote what is read.
 */

import { type CallOutcome, carryOut } from '../../src/client/index.ts';
import type { Command, CommandResult, ValueResult } from '../../src/kv/index.ts';
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

interface Ongoing {
  readonly input: KeyValueInput;
  readonly call: number;
  readonly askedAtMs: number;
}

export class Clerk {
  readonly #world: World;
  readonly #number: number;
  readonly #random: Random;
  readonly #gateway: Gateway;
  readonly #looks: Looks;
  readonly #tick: () => number;
  readonly #history: KeyValueOperation[];
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
    const ongoing = { input: this.#nextInput(), call: this.#tick(), askedAtMs };
    this.#ongoing = ongoing;
    const { port, store } = this.#gateway;
    const { input } = ongoing;
    const ended = (outcome: CallOutcome<CommandResult | ValueResult>): void => {
      if (this.#ongoing === ongoing) this.#ended(ongoing, outcome);
    };
    if (input.type === 'get') carryOut(store.read(input.key), port, ended);
    else carryOut(store.write(commandOf(input)), port, ended);
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
    if (outcome.type === 'failed') {
      const { type, key } = ongoing.input;
      // Where requests are doubled, the twin of one that was refused may be executed.
      const isCertain = !outcome.mayBeExecuted && this.#world.plan.clients.duplicates === 0;
      if (!isCertain) this.#record(ongoing, undefined);
      else this.#world.trace.note('not done', { clerk: this.#number, type, key, operation: this.#begun });
      this.#ongoing = undefined;
      return this.#pause(() => this.#begin(), isCertain ? undefined : RELENTING_THINK_MS);
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
        return this.#written(ongoing, result.version, textOf(result.previous));
      default:
        // None of these can come to a client that keeps the rules.
        return this.#world.verdict.fail('exactly once', `clerk ${this.#number} got ${result.type}`);
    }
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

function textOf(value: Uint8Array | undefined): string | null {
  return value === undefined ? null : new TextDecoder().decode(value);
}
