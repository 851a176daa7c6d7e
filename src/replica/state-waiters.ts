/**
 * Callers that wait, for a limited time, until a part of the state has come far enough. Each is woken once, in time or
 * not. To wait costs a look at each part that somebody waits for, once a turn that changes the state, and nothing
 * otherwise.
 */

/** What a caller waits for: that the progress of a part of the state is `least` at least. */
export interface Awaited {
  /** Names the part: those who name the same share one look at it. */
  readonly what: number;
  readonly least: number;
  /** How far the part has come in the state as it is. */
  readonly progress: () => number;
}

interface Waiter {
  readonly awaited: Awaited;
  readonly untilMs: number;
  readonly wake: (isReached: boolean) => void;
}

export class StateWaiters {
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

  stateChanged(): void {
    const progress = new Map<number, number>();
    for (const { awaited } of this.#waiters) {
      if (!progress.has(awaited.what)) progress.set(awaited.what, awaited.progress());
    }
    this.#wake(({ awaited }) => (progress.get(awaited.what) ?? 0) >= awaited.least, true);
  }

  expire(nowMs: number): void {
    this.#wake(({ untilMs }) => untilMs <= nowMs, false);
  }

  giveUp(): void {
    this.#wake(() => true, false);
  }

  #wake(isMeant: (waiter: Waiter) => boolean, isReached: boolean): void {
    if (this.#waiters.length === 0) return;
    const { woken = [], waiting = [] } = Object.groupBy(this.#waiters, (waiter) =>
      isMeant(waiter) ? 'woken' : 'waiting',
    );
    this.#waiters = waiting;
    for (const { wake } of woken) wake(isReached);
  }
}
