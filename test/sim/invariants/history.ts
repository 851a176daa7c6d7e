/** Makes observations by hand, to show that each invariant fires. */

import {
  asIndex,
  asReplicaId,
  asTerm,
  type Entry,
  type LogId,
  Membership,
  type Message,
  ORIGIN,
  type Status,
  type Store,
} from '../../../src/raft/index.ts';
import { BATCH } from '../../../src/replica/index.ts';
import type { RowChanges } from '../../../src/storage/index.ts';
import { Checker } from '../checker.ts';
import type { Life } from '../observation.ts';
import { Verdict, type Violation } from '../verdict.ts';
import type { Invariant } from './invariant.ts';

export const MEMBERSHIP = Membership.of([1, 2, 3].map(asReplicaId), []);

export function entry(index: number, term: number, text = `${index}@${term}`): Entry {
  const commands = [new TextEncoder().encode(text)];
  return {
    index: asIndex(index),
    term: asTerm(term),
    kind: 'command',
    payload: BATCH.encode({ timeMs: 0, commands }),
  };
}

export function command(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function store(parts: Partial<Store>): Store {
  return {
    id: 1,
    hardState: undefined,
    truncateFrom: undefined,
    append: [],
    compactThrough: undefined,
    install: undefined,
    touch: false,
    ...parts,
  };
}

/** A cluster of three that does what the test says, right or wrong. */
export class HandMadeHistory {
  readonly #verdict: Verdict;
  readonly #checker: Checker;
  readonly #incarnations = new Map<number, number>();

  /** Several groups may share a verdict. */
  constructor(invariant: Invariant, verdict = new Verdict()) {
    this.#verdict = verdict;
    this.#checker = new Checker(MEMBERSHIP, [invariant], verdict);
  }

  get violation(): Violation | undefined {
    return this.#verdict.violation;
  }

  open(replica: number, left: { entries?: readonly Entry[]; term?: number; applied?: number } = {}): Life {
    const incarnation = (this.#incarnations.get(replica) ?? 0) + 1;
    this.#incarnations.set(replica, incarnation);
    const life = { replica: asReplicaId(replica), incarnation };
    const { entries = [], term = 0, applied = 0 } = left;
    this.#checker.observe({
      type: 'opened',
      life,
      rows: [],
      state: {
        hardState: { term: asTerm(term), votedFor: undefined },
        membership: MEMBERSHIP,
        compacted: ORIGIN,
        entries,
        applied: asIndex(applied),
        staging: undefined,
      },
    });
    return life;
  }

  append(life: Life, entries: readonly Entry[], isDurable = true): void {
    const turn = { store: store({ append: entries }), applied: undefined };
    this.#checker.observe({ type: 'written', life, turn, installed: undefined });
    if (isDurable) this.#checker.observe({ type: 'durable', life, turns: [turn] });
  }

  execute(life: Life, text: string, changedBytes = 0): void {
    this.#checker.observe({ type: 'executed', life, command: command(text), changedBytes });
  }

  apply(life: Life, through: LogId, changes: RowChanges = new Map()): void {
    const turn = { store: undefined, applied: { through, changes } };
    this.#checker.observe({ type: 'written', life, turn, installed: undefined });
    this.#checker.observe({ type: 'durable', life, turns: [turn] });
  }

  step(life: Life, status: Partial<{ [Name in keyof Status]: unknown }>): void {
    const complete = {
      id: life.replica,
      role: 'follower',
      term: 1,
      votedFor: undefined,
      leader: undefined,
      commit: 0,
      applied: 0,
      compacted: ORIGIN,
      last: { index: 100, term: 1 },
      logBytes: 0,
      membership: MEMBERSHIP,
      peers: [],
      ...status,
    } as Status;
    this.#checker.observe({ type: 'stepped', life, status: complete });
  }

  receive(life: Life, message: Message): void {
    this.#checker.observe({ type: 'received', life, message });
  }

  send(life: Life, message: Message): void {
    this.#checker.observe({ type: 'sent', life, message });
  }

  acknowledge(index: number, text: string): void {
    this.#checker.observe({ type: 'acknowledged', index: asIndex(index), command: command(text) });
  }

  read(read: number, index?: number): void {
    if (index === undefined) this.#checker.observe({ type: 'read-asked', read });
    else this.#checker.observe({ type: 'read-answered', read, index: asIndex(index) });
  }
}
