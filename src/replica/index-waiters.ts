import type { Index } from '../raft/index.ts';

interface Waiter {
  readonly index: Index;
  readonly untilMs: number;
  readonly wake: () => void;
}

/** Callers that wait, for a limited time, until an index is applied. Each is woken once, in time or not. */
export class IndexWaiters {
  readonly #waitersMax: number;
  #waiters: Waiter[] = [];

  constructor(waitersMax: number) {
    this.#waitersMax = waitersMax;
  }

  get size(): number {
    return this.#waiters.length;
  }

  /** When the time of the first is up: all wait equally long, so the first to come is the first to go. */
  get deadline(): number {
    return this.#waiters[0]?.untilMs ?? Number.POSITIVE_INFINITY;
  }

  /** Returns whether there was room. */
  add(waiter: Waiter): boolean {
    if (this.#waiters.length >= this.#waitersMax) return false;
    this.#waiters.push(waiter);
    return true;
  }

  applied(through: Index): void {
    this.#wake(({ index }) => index <= through);
  }

  expire(nowMs: number): void {
    this.#wake(({ untilMs }) => untilMs <= nowMs);
  }

  wakeAll(): void {
    this.#wake(() => true);
  }

  #wake(isMeant: (waiter: Waiter) => boolean): void {
    if (this.#waiters.length === 0) return;
    const { woken = [], waiting = [] } = Object.groupBy(this.#waiters, (waiter) =>
      isMeant(waiter) ? 'woken' : 'waiting',
    );
    this.#waiters = waiting;
    for (const { wake } of woken) wake();
  }
}
