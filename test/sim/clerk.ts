/**
 * A client with a session: one operation at a time, resent to one replica after the other under the same sequence
 * number until an answer comes. What it saw becomes the history.
 */

import {
  type Command,
  clientIdRenewMs,
  encodeCommand,
  formatClientId,
  type Session,
} from '../../src/kv/index.ts';
import type { ReplicaId } from '../../src/raft/index.ts';
import type { WrongGroup } from '../../src/shard/index.ts';
import type { KeyValueInput, KeyValueOperation, KeyValueOutput } from '../../tools/checker/index.ts';
import type { HostClock } from './clock.ts';
import type { Group, GroupAnswer, GroupResult } from './group.ts';
import type { CommandOutcome, ReadOutcome } from './instance.ts';
import type { Address } from './network.ts';
import type { Random } from './random.ts';
import type { Routes } from './routes.ts';
import type { World } from './world.ts';

const FIRST_ADDRESS: Address = 100;
const EAGER_REDIRECTS_MAX = 2;
const BACKOFF_MS = [5, 120] as const;
/** When the time that a healed majority takes is measured. */
const BRISK_THINK_MS = [0, 50] as const;
/** Clients that give up and ask again sooner than the group can answer keep it busy for ever with answers to nobody. */
const PATIENT_TIMEOUT_MS = 3000;

interface Ongoing {
  readonly input: KeyValueInput;
  readonly call: number;
  /** Undefined for a read. */
  session: Session | undefined;
  attempts: number;
  redirects: number;
}

export class Clerk {
  readonly #world: World;
  readonly #number: number;
  readonly #random: Random;
  readonly #clock: HostClock;
  readonly #tick: () => number;
  readonly #history: KeyValueOperation[];
  readonly #routes: Routes;
  /** Whom it asks in each group. */
  readonly #targets = new Map<Group, ReplicaId>();
  #session: Session;
  #ids = 0;
  #renewAtMs = 0;
  #ongoing: Ongoing | undefined;
  #completed = 0;
  #isIdle = false;
  /** Stops when this many operations are completed. */
  #goal = 0;

  constructor(
    world: World,
    number: number,
    routes: Routes,
    clock: HostClock,
    history: KeyValueOperation[],
    tick: () => number,
  ) {
    this.#world = world;
    this.#number = number;
    this.#routes = routes;
    this.#random = world.random.fork();
    this.#clock = clock;
    this.#history = history;
    this.#tick = tick;
    this.#session = this.#newSession(clock.wallClockMs());
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
    if (this.#clock.wallClockMs() >= this.#renewAtMs)
      this.#session = this.#newSession(this.#clock.wallClockMs());
    const input = this.#nextInput();
    if (input.type !== 'get') this.#session = { ...this.#session, sequence: this.#session.sequence + 1 };
    this.#ongoing = {
      input,
      call: this.#tick(),
      session: input.type === 'get' ? undefined : this.#session,
      attempts: 0,
      redirects: 0,
    };
    this.#attempt(this.#ongoing);
  }

  #nextInput(): KeyValueInput {
    const { keys, readers, gets, paddingBytes } = this.#world.plan.clients;
    const key = `key-${this.#random.below(keys)}`;
    const kind = this.#random.below(100);
    if (kind < gets || this.#number < readers) return { type: 'get', key };
    const value = `${this.#number}.${this.#session.sequence};${'x'.repeat(paddingBytes)}`;
    const write = this.#random.below(10);
    if (write < 1) return { type: 'delete', key };
    return write < 4 ? { type: 'put', key, value } : { type: 'append-old', key, value };
  }

  #attempt(ongoing: Ongoing): void {
    if (this.#ongoing !== ongoing) return;
    const { key } = ongoing.input;
    const group = this.#routes.groupFor(key);
    if (group === undefined) {
      this.#routes.refused(key, { type: 'no-answer' });
      return this.#later(ongoing);
    }
    const { timeoutMs, loss, duplicates } = this.#world.plan.clients;
    ongoing.attempts += 1;
    const attempt = ongoing.attempts;
    const target = this.#targetIn(group);
    const host = group.host(target);
    const isPinned = this.#random.chance(1, 2);
    const isCalm = !this.#world.isSafetyPhase();
    const session = ongoing.session;
    const input = ongoing.input;
    group.network.call<CommandOutcome | ReadOutcome>({
      from: addressOfClerk(this.#number),
      to: target,
      timeoutMs: isCalm ? Math.max(timeoutMs, PATIENT_TIMEOUT_MS) : timeoutMs,
      loss: isCalm ? 0 : loss,
      replyLoss: isCalm ? 0 : loss,
      duplicates: isCalm ? 0 : duplicates,
      deliver: (respond) => {
        if (session === undefined) host.query({ type: 'get', key }, isPinned, respond);
        else host.propose(encodeCommand({ session, command: commandOf(input) }), isPinned, respond);
      },
      settle: (outcome) => {
        if (this.#ongoing === ongoing && ongoing.attempts === attempt) this.#settled(ongoing, group, outcome);
      },
    });
  }

  #settled(ongoing: Ongoing, group: Group, outcome: CommandOutcome | ReadOutcome | undefined): void {
    switch (outcome?.type) {
      case 'applied':
      case 'refused':
        return this.#answered(ongoing, outcome.result);
      case 'answered':
        return this.#answered(ongoing, outcome.answer);
      default:
        return this.#declined(ongoing, group, outcome && 'leader' in outcome ? outcome.leader : undefined);
    }
  }

  #answered(ongoing: Ongoing, result: GroupResult | GroupAnswer): void {
    if (!('type' in result)) return this.#world.verdict.fail('exactly once', 'a clerk got a configuration');
    switch (result.type) {
      case 'found':
        return this.#complete(ongoing, textOf(result.value));
      case 'absent':
        return this.#complete(ongoing, null);
      case 'wrong-group':
        return this.#elsewhere(ongoing, result);
      case 'written':
      case 'deleted':
        return this.#written(ongoing, result.version, null);
      case 'appended':
        return this.#written(ongoing, result.version, textOf(result.previous));
      case 'session-expired':
        return this.#expired(ongoing, result.timeMs);
      default:
        // None of these can come to a client that keeps the rules.
        return this.#world.verdict.fail('exactly once', `clerk ${this.#number} got ${result.type}`);
    }
  }

  /** After a single attempt nothing was executed, and a new id will do. Otherwise nobody knows. */
  #expired(ongoing: Ongoing, timeMs: number): void {
    const isCertain = ongoing.attempts === 1 && this.#world.plan.clients.duplicates === 0;
    this.#session = this.#newSession(timeMs);
    if (isCertain) {
      this.#session = { ...this.#session, sequence: 1 };
      ongoing.session = this.#session;
      this.#pause(() => this.#attempt(ongoing));
    } else {
      this.#record(ongoing, undefined);
      this.#next();
    }
  }

  #written(ongoing: Ongoing, version: number, output: KeyValueOutput): void {
    const { verdict, versions } = this.#world;
    const writer = `${ongoing.session?.client}/${ongoing.session?.sequence}`;
    const problem = versions.given(ongoing.input.key, version, writer);
    if (problem !== undefined) verdict.fail('versions are given once', problem);
    this.#complete(ongoing, output);
  }

  #complete(ongoing: Ongoing, output: KeyValueOutput): void {
    this.#record(ongoing, output);
    this.#next();
  }

  #record({ input, call }: Ongoing, output: KeyValueOutput | undefined): void {
    const returned = output === undefined ? undefined : this.#tick();
    this.#history.push({ client: this.#number, call, return: returned, input, output });
    this.#world.trace.note(returned === undefined ? 'unknown' : 'done', {
      clerk: this.#number,
      type: input.type,
      key: input.key,
      output: String(output),
    });
  }

  #next(): void {
    this.#ongoing = undefined;
    this.#completed += 1;
    this.#pause(() => this.#begin());
  }

  #declined(ongoing: Ongoing, group: Group, hint: ReplicaId | undefined): void {
    if (hint !== undefined && hint !== this.#targetIn(group) && ongoing.redirects < EAGER_REDIRECTS_MAX) {
      ongoing.redirects += 1;
      this.#targets.set(group, hint);
      this.#attempt(ongoing);
      return;
    }
    this.#targets.set(group, this.#random.pick(group.membership.voters));
    this.#routes.refused(ongoing.input.key, { type: 'no-answer' });
    this.#later(ongoing);
  }

  #elsewhere(ongoing: Ongoing, refused: WrongGroup): void {
    this.#routes.refused(ongoing.input.key, refused);
    if (ongoing.redirects >= EAGER_REDIRECTS_MAX) return this.#later(ongoing);
    ongoing.redirects += 1;
    this.#attempt(ongoing);
  }

  #later(ongoing: Ongoing): void {
    ongoing.redirects = 0;
    this.#world.scheduler.after(this.#random.between(...BACKOFF_MS), () => this.#attempt(ongoing));
  }

  #targetIn(group: Group): ReplicaId {
    const target = this.#targets.get(group) ?? this.#random.pick(group.membership.voters);
    this.#targets.set(group, target);
    return target;
  }

  #pause(then: () => void): void {
    const { plan, scheduler } = this.#world;
    const thinkMs = this.#world.isSafetyPhase() ? plan.clients.thinkMs : BRISK_THINK_MS;
    scheduler.after(this.#random.between(...thinkMs), then);
  }

  #newSession(issuedAtMs: number): Session {
    this.#ids += 1;
    this.#renewAtMs = this.#clock.wallClockMs() + clientIdRenewMs(this.#world.plan.kv);
    return { client: formatClientId(issuedAtMs, `${this.#number}-${this.#ids}`), sequence: 0 };
  }
}

export function addressOfClerk(number: number): Address {
  return FIRST_ADDRESS + number;
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
