/**
 * Virtual time: events in the order of their time, and of their making where times are equal. Nothing else decides
 * what happens next, so a seed decides everything.
 */

interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

export class Scheduler {
  /** A binary heap: the next event is at 0. */
  readonly #heap: Event[] = [];
  #nowMs = 0;
  #scheduled = 0;

  get nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): void {
    if (!Number.isSafeInteger(delayMs) || delayMs < 0) throw new RangeError(`no delay: ${delayMs}`);
    this.#scheduled += 1;
    this.#insert({ atMs: this.#nowMs + delayMs, order: this.#scheduled, run });
  }

  at(atMs: number, run: () => void): void {
    this.after(Math.max(0, atMs - this.#nowMs), run);
  }

  /** Runs the next event that is due by `untilMs`; returns false when there is none. */
  step(untilMs: number): boolean {
    const next = this.#heap[0];
    if (next === undefined || next.atMs > untilMs) return false;
    this.#removeFirst();
    this.#nowMs = next.atMs;
    next.run();
    return true;
  }

  runUntil(untilMs: number): void {
    while (this.step(untilMs));
    this.#nowMs = Math.max(this.#nowMs, untilMs);
  }

  runFor(durationMs: number): void {
    this.runUntil(this.#nowMs + durationMs);
  }

  /** Runs until the condition holds; returns whether it did within `limitMs`. */
  runUntilTrue(condition: () => boolean, limitMs: number): boolean {
    const untilMs = this.#nowMs + limitMs;
    while (!condition()) {
      if (this.step(untilMs)) continue;
      this.#nowMs = untilMs;
      return condition();
    }
    return true;
  }

  #insert(event: Event): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || isBefore(above, event)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = event;
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const moved = heap.pop();
    if (moved === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = heap[2 * at + 1];
      if (left === undefined) break;
      const right = heap[2 * at + 2];
      const goesRight = right !== undefined && isBefore(right, left);
      const child = goesRight ? right : left;
      if (isBefore(moved, child)) break;
      heap[at] = child;
      at = 2 * at + (goesRight ? 2 : 1);
    }
    heap[at] = moved;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
