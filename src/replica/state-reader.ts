/**
 * Answers queries out of the state as it is, at once or when it has come far enough. A read's failure is that read's: it
 * is answered, and noted, and nothing else comes of it (replica.A4). So is a lack of room for what it would answer.
 */

import type { Declined, Index } from '../raft/index.ts';
import type { ReplicaAnswer } from './answer.ts';
import type { Faults } from './faults.ts';
import type { MemoryBytes, ReplicaParts } from './parts.ts';
import type { ReplicaTrace } from './replica-trace.ts';
import { type Awaited, StateWaiters } from './state-waiters.ts';

const FAILED = { type: 'failed' } as const;

type ReaderParts<Query, Answer> = Pick<
  ReplicaParts<unknown, Query, Answer>,
  'options' | 'stateMachine' | 'storage' | 'clock' | 'answers'
>;

/** What a replica knows of its own state. */
export interface OwnState {
  readonly index: Index;
  /** Why it must not be read without the others; undefined if it may. */
  readonly refusal: Declined | undefined;
  /** For those who cannot wait any longer. */
  readonly behind: Declined;
  ageMsMax(): number | undefined;
}

export class StateReader<Query, Answer> {
  /** Those who wait until the state has come further. */
  readonly waiters: StateWaiters;
  readonly #parts: ReaderParts<Query, Answer>;
  readonly #state: OwnState;
  readonly #faults: Faults;
  readonly #trace: ReplicaTrace | undefined;

  constructor(
    parts: ReaderParts<Query, Answer>,
    state: OwnState,
    faults: Faults,
    trace: ReplicaTrace | undefined,
  ) {
    this.#parts = parts;
    this.#state = state;
    this.#faults = faults;
    this.#trace = trace;
    this.waiters = new StateWaiters(parts.options.limits.waitingReadsMax);
  }

  /** Whether the host keeps as many bytes of answers as it may: who asks for a value is refused. */
  get isFull(): boolean {
    return this.#parts.answers?.isFull === true;
  }

  /** With what the state takes, and the answers that have not left yet. */
  memoryBytes(kept: Omit<MemoryBytes, 'state' | 'answers' | 'total'>): MemoryBytes {
    const state = this.#parts.storage.stateBytes;
    const answers = this.#parts.answers?.heldBytes ?? 0;
    return { ...kept, state, answers, total: kept.queue + kept.inFlight + kept.log + state + answers };
  }

  /** Of a read that the others have confirmed. */
  answer(query: Query, ageMsMax: () => number | undefined = () => undefined): ReplicaAnswer<Answer> {
    const { stateMachine, storage, clock } = this.#parts;
    try {
      const result = stateMachine.query(storage.table, query, clock.wallClockMs());
      return { type: 'done', result, index: this.#state.index, ageMsMax: ageMsMax() };
    } catch (error) {
      return this.#failed(error);
    }
  }

  /** Of one that nobody else is asked about. */
  answerLocally(query: Query): ReplicaAnswer<Answer> {
    return this.#state.refusal ?? this.answer(query, () => this.#state.ageMsMax());
  }

  /** The same when the state has come so far, or too late. Returns whether it waits. */
  answerWhen(awaited: Awaited, query: Query, done: (answer: ReplicaAnswer<Answer>) => void): boolean {
    const watched = { ...awaited, progress: () => this.#progress(awaited) };
    const wake = (isReached: boolean): void => {
      const { refusal, behind } = this.#state;
      done(refusal ?? (isReached ? this.#answerIfRoom(query) : behind));
    };
    if (this.#state.refusal !== undefined || watched.progress() >= watched.least) {
      wake(true);
      return false;
    }
    try {
      const { clock, options } = this.#parts;
      const untilMs = clock.nowMs() + options.limits.localWaitMsMax;
      if (this.waiters.add({ awaited: watched, untilMs, wake })) return true;
      done(this.noRoom('a read of its own state'));
    } catch (error) {
      done(this.#failed(error));
    }
    return false;
  }

  noRoom(asked: string): Declined {
    this.#trace?.says(`refuses ${asked}, since as many wait as may`);
    return { type: 'overloaded' };
  }

  #answerIfRoom(query: Query): ReplicaAnswer<Answer> {
    return this.isFull ? this.noRoom('a read of its own state') : this.answerLocally(query);
  }

  /** A wait that fails is over. */
  #progress(awaited: Awaited): number {
    try {
      return awaited.progress();
    } catch (error) {
      this.#failed(error);
      return Number.POSITIVE_INFINITY;
    }
  }

  #failed(error: unknown): typeof FAILED {
    this.#faults.note('a read', error);
    return FAILED;
  }
}
