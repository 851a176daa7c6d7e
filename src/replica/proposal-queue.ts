/**
 * Group commit: commands that come while an entry is on its way make up the next one.
 *
 * With nothing in flight, as many commands as the last batch had leave at once: one client alone never waits, and nor do
 * commands that come together. Where fewer have come, a short gathering time lets the batch grow, since each costs every
 * replica a message and a write (docs/decisions/0004).
 */

import type { ReplicaAnswer } from './answer.ts';
import type { ReplicaLimits } from './options.ts';

export interface Proposal<Result> {
  readonly command: Uint8Array;
  readonly done: (answer: ReplicaAnswer<Result>) => void;
}

export class ProposalQueue<Result> {
  readonly #limits: ReplicaLimits;
  #waiting: Proposal<Result>[] = [];
  #waitingBytes = 0;
  #lastBatchSize = 1;
  #gatherUntilMs: number | undefined;

  constructor(limits: ReplicaLimits) {
    this.#limits = limits;
  }

  get length(): number {
    return this.#waiting.length;
  }

  get bytes(): number {
    return this.#waitingBytes;
  }

  /** Returns whether there was room. */
  push(proposal: Proposal<Result>): boolean {
    const { queueCommandsMax, queueBytesMax } = this.#limits;
    const bytes = this.#waitingBytes + proposal.command.byteLength;
    if (this.#waiting.length >= queueCommandsMax || bytes > queueBytesMax) return false;
    this.#waiting.push(proposal);
    this.#waitingBytes = bytes;
    return true;
  }

  /** When the batch that is gathering will be ready. */
  deadline(): number {
    return this.#gatherUntilMs ?? Number.POSITIVE_INFINITY;
  }

  /** The next batch, if it is time for one. `commandsMax`: no more may be in it, whatever the limit says. */
  take(nowMs: number, batchesInFlight: number, commandsMax: number): readonly Proposal<Result>[] {
    if (this.#waiting.length === 0) return [];
    const lengthMax = Math.min(this.#limits.batchCommandsMax, commandsMax);
    if (!this.#isFull(lengthMax)) {
      if (batchesInFlight > 0) return [];
      if (this.#waiting.length < this.#lastBatchSize) {
        this.#gatherUntilMs ??= nowMs + this.#limits.gatherMs;
        if (nowMs < this.#gatherUntilMs) return [];
      }
    } else if (batchesInFlight >= this.#limits.batchesInFlightMax) {
      return [];
    }
    this.#gatherUntilMs = undefined;
    const batch = this.#waiting.splice(0, this.#batchLength(lengthMax));
    for (const { command } of batch) this.#waitingBytes -= command.byteLength;
    this.#lastBatchSize = batch.length;
    return batch;
  }

  /** Everything that still waits, and never will be proposed. */
  drain(): readonly Proposal<Result>[] {
    const drained = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#gatherUntilMs = undefined;
    return drained;
  }

  #isFull(lengthMax: number): boolean {
    return this.#waiting.length >= lengthMax || this.#waitingBytes >= this.#limits.batchBytesMax;
  }

  #batchLength(lengthMax: number): number {
    const { batchBytesMax } = this.#limits;
    let length = 0;
    let bytes = 0;
    for (const { command } of this.#waiting) {
      bytes += command.byteLength;
      if (length > 0 && (bytes > batchBytesMax || length >= lengthMax)) break;
      length += 1;
    }
    return length;
  }
}
