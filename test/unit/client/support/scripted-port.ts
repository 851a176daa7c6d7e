/** Replicas that answer what the test says, in virtual time. */

import { type Attempt, type Call, type CallPort, carryOut } from '../../../../src/client/index.ts';
import { asIndex } from '../../../../src/raft/index.ts';
import { REPLICA_ANSWER, type ReplicaAnswer } from '../../../../src/replica/index.ts';
import { STORE_REPLY, type StoreReply } from '../../../../src/shard/index.ts';
import { Scheduler } from '../../../sim/scheduler.ts';

/** The connection breaks: the attempt ends at once, without an answer. */
export const BROKEN = 'broken';
/** There is no answer as long as somebody waits for one. */
export const SILENT = 'silent';

/** Bytes are an answer in whatever format. */
export type Said = ReplicaAnswer<Uint8Array> | Uint8Array | typeof BROKEN | typeof SILENT;
export type Script = (attempt: Attempt) => Said;

export const START_MS = 1_700_000_000_000;
/** From the question to the answer. */
export const ANSWER_MS = 1;
const PATIENCE_MS = 3_600_000;

export const NO_LEADER: ReplicaAnswer<never> = { type: 'not-leader', leader: undefined };
export const OVERLOADED: ReplicaAnswer<never> = { type: 'overloaded' };
export const UNKNOWN: ReplicaAnswer<never> = { type: 'unknown', leader: undefined };
export const GIBBERISH = new Uint8Array([0xff, 1, 2, 3]);

export class ScriptedPort implements CallPort {
  readonly asked: (Attempt & { readonly atMs: number })[] = [];
  readonly pauses: number[] = [];
  readonly #scheduler: Scheduler;
  readonly #script: Script;

  constructor(script: Script, scheduler = new Scheduler()) {
    this.#script = script;
    this.#scheduler = scheduler;
  }

  nowMs(): number {
    return this.#scheduler.nowMs;
  }

  wallClockMs(): number {
    return START_MS + this.#scheduler.nowMs;
  }

  random(): number {
    return 0;
  }

  ask(attempt: Attempt, done: (answer: Uint8Array | undefined) => void): void {
    this.asked.push({ ...attempt, atMs: this.nowMs() });
    const said = this.#script(attempt);
    const isLate = said === SILENT || attempt.timeoutMs < ANSWER_MS;
    const afterMs = isLate ? attempt.timeoutMs : ANSWER_MS;
    this.#scheduler.after(afterMs, () => done(isLate ? undefined : bytesOf(said)));
  }

  pause(durationMs: number, done: () => void): void {
    this.pauses.push(durationMs);
    this.#scheduler.after(durationMs, done);
  }

  /** Carries out these calls at the same time. */
  runAll<Outcome>(calls: readonly Call<Outcome>[]): readonly Outcome[] {
    const outcomes = new Map<number, Outcome>();
    for (const [at, call] of calls.entries()) carryOut(call, this, (outcome) => outcomes.set(at, outcome));
    const isOver = () => outcomes.size === calls.length;
    if (!this.#scheduler.runUntilTrue(isOver, PATIENCE_MS)) throw new Error('a call does not end');
    return calls.map((_, at) => outcomes.get(at) as Outcome);
  }

  run<Outcome>(call: Call<Outcome>): Outcome {
    const [outcome] = this.runAll([call]);
    return outcome as Outcome;
  }

  passMs(durationMs: number): void {
    this.#scheduler.runFor(durationMs);
  }

  get replicas(): readonly string[] {
    return this.asked.map(({ replica }) => replica);
  }
}

/** One answer after the other, whoever is asked. To ask more often is a mistake. */
export function inTurn(...answers: readonly Said[]): Script {
  let at = 0;
  return () => {
    const said = answers[at];
    if (said === undefined) throw new Error('more is asked than expected');
    at += 1;
    return said;
  };
}

/** The answers of each replica in turn, the last one for good. */
export function byReplica(answers: Readonly<Record<string, readonly Said[]>>): Script {
  const asked = new Map<string, number>();
  return ({ replica }) => {
    const turn = asked.get(replica) ?? 0;
    asked.set(replica, turn + 1);
    const said = answers[replica]?.[turn] ?? answers[replica]?.at(-1);
    if (said === undefined) throw new Error(`nobody expects ${replica} to be asked`);
    return said;
  };
}

export function done(result: Uint8Array, ageMsMax?: number): ReplicaAnswer<Uint8Array> {
  return { type: 'done', index: asIndex(7), result, ageMsMax };
}

export function reply(result: StoreReply, ageMsMax?: number): ReplicaAnswer<Uint8Array> {
  return done(STORE_REPLY.encode(result), ageMsMax);
}

function bytesOf(said: Exclude<Said, typeof SILENT>): Uint8Array | undefined {
  if (said === BROKEN) return undefined;
  return said instanceof Uint8Array ? said : REPLICA_ANSWER.encode(said);
}
