/**
 * Answers queries out of the state as it is. A read's failure is that read's: it is answered, and noted, and nothing else
 * comes of it (replica.A4). So is a lack of room for what it would answer.
 */

import type { Index } from '../raft/index.ts';
import type { ReplicaAnswer } from './answer.ts';
import type { Faults } from './faults.ts';
import type { MemoryBytes, ReplicaParts } from './parts.ts';
import type { Awaited } from './state-waiters.ts';

const FAILED = { type: 'failed' } as const;

type ReaderParts<Query, Answer> = Pick<
  ReplicaParts<unknown, Query, Answer>,
  'stateMachine' | 'storage' | 'clock' | 'answers'
>;

export class StateReader<Query, Answer> {
  readonly #parts: ReaderParts<Query, Answer>;
  readonly #faults: Faults;

  constructor(parts: ReaderParts<Query, Answer>, faults: Faults) {
    this.#parts = parts;
    this.#faults = faults;
  }

  /** Whether the host keeps as many bytes of answers as it may: who asks for a value is refused. */
  get isFull(): boolean {
    return this.#parts.answers?.isFull === true;
  }

  /** With what the answers take that have not left yet. */
  memoryBytes(kept: Omit<MemoryBytes, 'answers' | 'total'>): MemoryBytes {
    const answers = this.#parts.answers?.heldBytes ?? 0;
    return { ...kept, answers, total: kept.queue + kept.inFlight + kept.log + answers };
  }

  /** What somebody waits for, without what it may throw: a wait that fails is over, and so is one for nothing. */
  watched(awaited: Awaited): Awaited {
    return {
      ...awaited,
      progress: () => {
        try {
          return awaited.progress();
        } catch (error) {
          this.failed(error);
          return Number.POSITIVE_INFINITY;
        }
      },
    };
  }

  /** The state is at `index`; `ageMsMax` is asked for once it is read. */
  answer(
    query: Query,
    index: Index,
    ageMsMax: () => number | undefined = () => undefined,
  ): ReplicaAnswer<Answer> {
    const { stateMachine, storage, clock } = this.#parts;
    try {
      const result = stateMachine.query(storage.table, query, clock.wallClockMs());
      return { type: 'done', result, index, ageMsMax: ageMsMax() };
    } catch (error) {
      return this.failed(error);
    }
  }

  failed(error: unknown): typeof FAILED {
    this.#faults.note('a read', error);
    return FAILED;
  }
}
