/**
 * Carries out the operations of one batch or stream: many at once, and each independent of the others. It knows no JSON and
 * no HTTP but the text of a result, and has no timers.
 *
 * batch.O1  An operation begins when those before it on the same key have their answers.
 * batch.O2  Results are taken in the order of the operations, one for each.
 * batch.W1  Results that nobody has taken are at most `batchResultBytesMax` bytes, besides the one that is next. A read whose
 *           value has no room is made again when there is some: it changes nothing, and nobody has seen its answer. The value
 *           before an append that has none is not kept, as when a replica has none.
 * batch.W2  The operation whose result is next is never held up for lack of room: so the batch goes on.
 */

import { textByteLength } from '../../src/codec/index.ts';
import { type Consistency, LIMITS } from '../../src/protocol/index.ts';
import type { EdgeBudgets } from '../gateway/edge-budgets.ts';
import type { Answer } from '../routes/answers.ts';
import { readKey, type Target, writeKey } from '../routes/key-operations.ts';
import { HeldBytes } from './held-bytes.ts';
import type { BatchOperation } from './operation.ts';
import { type Place, ResultQueue } from './result-queue.ts';
import { resultText } from './result-text.ts';
import { ShardLanes } from './shard-lanes.ts';

/** What a value is taken to be long before any was read, and at least: it bounds how many are read at once. */
const FIRST_READ_BYTES = 16 * 1024;
const READ_BYTES_MIN = 512;

export interface BatchOptions {
  readonly target: Target;
  /** Of its reads. */
  readonly consistency: Consistency;
  readonly budgets: EdgeBudgets;
  /** What is said of an operation that failed as nobody expected. */
  readonly onError: (error: unknown, operation: BatchOperation) => Answer;
}

interface Work extends Place {
  readonly operation: BatchOperation;
  readonly shard: number;
  readonly bytes: number;
  /** The next on the same key. */
  after: Work | undefined;
}

export class BatchRun {
  readonly #options: BatchOptions;
  readonly #results = new ResultQueue();
  readonly #lanes = new ShardLanes<Work>(LIMITS.batchShardWritesMax);
  readonly #lastOfKey = new Map<string, Work>();
  /** By rising number. */
  readonly #waitingReads: Work[] = [];
  readonly #input: HeldBytes;
  readonly #output: HeldBytes;
  #takenBytes = 0;
  #readsUnderWay = 0;
  #readBytes = FIRST_READ_BYTES;
  #isComplete = false;
  #isEnded = false;
  #wakeTaker = (): void => undefined;
  #wakeAdder = (): void => undefined;

  constructor(options: BatchOptions) {
    this.#options = options;
    this.#input = new HeldBytes(options.budgets.bodies);
    this.#output = new HeldBytes(options.budgets.replies);
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Of results, from when they are there until whoever takes them comes for the next. */
  get resultBytes(): number {
    return this.#output.bytes;
  }

  /** Whether one more operation may come; where the isolate is full, one at a time. */
  get hasRoom(): boolean {
    const { count } = this.#results;
    if (count === 0) return true;
    return (
      count < LIMITS.batchWindowOperationsMax &&
      this.#input.bytes < LIMITS.batchWindowBytesMax &&
      this.#output.bytes < LIMITS.batchResultBytesMax &&
      !this.#options.budgets.bodies.isFull
    );
  }

  /** Until there is room, or the run is ended. */
  async room(): Promise<void> {
    while (!this.hasRoom && !this.#isEnded) {
      await new Promise<void>((resolve) => {
        this.#wakeAdder = resolve;
      });
    }
  }

  /** `bytes`: what the operation takes until it has its answer. */
  add(operation: BatchOperation, bytes: number): void {
    if (this.#isEnded) return;
    const shard = this.#options.target.backend.shardOf(operation.key);
    const work: Work = Object.assign(this.#results.add(), { operation, shard, bytes, after: undefined });
    this.#input.add(bytes);
    const before = this.#lastOfKey.get(operation.key);
    this.#lastOfKey.set(operation.key, work);
    if (before === undefined) this.#begin(work);
    else before.after = work;
  }

  /** For what is no operation. */
  addResult(text: string): void {
    if (this.#isEnded) return;
    this.#keep(this.#results.add(), text);
  }

  /** No more will be added. */
  complete(): void {
    this.#isComplete = true;
    this.#wakeTaker();
  }

  /** The next results; undefined when there are no more. Those that were taken before are gone by then. */
  async take(): Promise<readonly string[] | undefined> {
    if (this.#isEnded) return undefined;
    this.#output.add(-this.#takenBytes);
    this.#takenBytes = 0;
    for (;;) {
      const { texts, bytes } = this.#results.take();
      this.#startReads();
      this.#wakeAdder();
      if (texts.length > 0) {
        this.#takenBytes = bytes;
        return texts;
      }
      if (this.#isEnded || (this.#isComplete && this.#results.count === 0)) return undefined;
      await new Promise<void>((resolve) => {
        this.#wakeTaker = resolve;
      });
    }
  }

  /** Nobody takes results any more: what has not begun never does. */
  end(): void {
    this.#isEnded = true;
    this.#results.clear();
    this.#waitingReads.length = 0;
    this.#lastOfKey.clear();
    this.#input.end();
    this.#output.end();
    this.#wakeTaker();
    this.#wakeAdder();
  }

  /** Now and then, as long as it goes on. */
  renewLeases(): void {
    if (this.#isEnded) return;
    this.#input.renew();
    this.#output.renew();
  }

  #begin(work: Work): void {
    if (work.operation.type === 'get') {
      this.#waitToRead(work);
      this.#startReads();
    } else if (this.#lanes.enter(work.shard, work)) {
      this.#write(work);
    }
  }

  #write(work: Work): void {
    const { operation, shard } = work;
    if (operation.type === 'get') return;
    const answered = (answer: Answer): void => {
      const next = this.#lanes.leave(shard);
      if (this.#isEnded) return;
      this.#settle(work, this.#fitting(work, answer));
      if (next !== undefined) this.#write(next);
    };
    const { target, onError } = this.#options;
    writeKey(target, operation, shard, undefined)
      .then(answered, (error: unknown) => answered(onError(error, operation)))
      .catch((error: unknown) => this.#break(error, operation));
  }

  #read(work: Work): void {
    const { target, consistency, onError } = this.#options;
    const { operation, shard } = work;
    const answered = (answer: Answer): void => {
      this.#readsUnderWay -= 1;
      if (this.#isEnded) return;
      const length = answer.type === 'done' ? (answer.value?.length ?? 0) : 0;
      // Falls slowly, since a large one may be followed by others.
      this.#readBytes = Math.max(length, READ_BYTES_MIN, Math.floor(this.#readBytes * 0.95));
      if (this.#hasRoomFor(work, length)) this.#settle(work, resultText(answer, shard));
      else this.#waitToRead(work);
      this.#startReads();
    };
    this.#readsUnderWay += 1;
    readKey(target, operation.key, shard, consistency)
      .then(answered, (error: unknown) => answered(onError(error, operation)))
      .catch((error: unknown) => this.#break(error, operation));
  }

  /** Something is wrong here, and not with one operation. */
  #break(error: unknown, operation: BatchOperation): void {
    this.#options.onError(error, operation);
    this.end();
  }

  /** batch.W1 */
  #fitting(work: Work, answer: Answer): string {
    if (answer.type === 'problem' || this.#hasRoomFor(work, answer.value?.length ?? 0)) {
      return resultText(answer, work.shard);
    }
    return resultText(
      { ...answer, fields: { ...answer.fields, previous: 'not-kept' }, value: undefined },
      work.shard,
    );
  }

  /** batch.W2. Small ones always have room, since there are not so many. */
  #hasRoomFor(work: Work, bytes: number): boolean {
    if (bytes <= READ_BYTES_MIN || work.number === this.#results.first?.number) return true;
    return this.#output.bytes + bytes <= LIMITS.batchResultBytesMax && !this.#options.budgets.replies.isFull;
  }

  #waitToRead(work: Work): void {
    let at = this.#waitingReads.length;
    while (at > 0 && (this.#waitingReads[at - 1]?.number ?? 0) > work.number) at -= 1;
    this.#waitingReads.splice(at, 0, work);
  }

  #startReads(): void {
    for (let work = this.#waitingReads[0]; work !== undefined; work = this.#waitingReads[0]) {
      const underWay = this.#readsUnderWay * this.#readBytes;
      if (!this.#hasRoomFor(work, underWay + this.#readBytes)) return;
      this.#waitingReads.shift();
      this.#read(work);
    }
  }

  #settle(work: Work, text: string): void {
    const { operation, after } = work;
    this.#input.add(-work.bytes);
    this.#keep(work, text);
    if (after !== undefined) this.#begin(after);
    else this.#lastOfKey.delete(operation.key);
    this.#wakeAdder();
  }

  #keep(place: Place, text: string): void {
    place.text = text;
    place.textBytes = textByteLength(text);
    this.#output.add(place.textBytes);
    if (place.number === this.#results.first?.number) this.#wakeTaker();
  }
}
