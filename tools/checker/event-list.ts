/**
 * The calls and returns that are not yet linearized, in the order of time: a doubly linked list from which an
 * operation is lifted when it is linearized, and into which it is put back when the search retreats.
 *
 * E1  At equal times calls come before returns, so that touching intervals overlap (H1).
 * E2  A pending operation has a call, but no return: nothing ever forces it to take effect (H2). Its call stands in a
 *     list of its own, so that the many that never took effect are out of the way.
 * E3  Operations are put back in the reverse order of their lifting: each link then still holds what it held before.
 */

import { at } from './word.ts';

export interface Interval {
  readonly call: number;
  readonly return: number | undefined;
}

/** Event i < `size` is the call of operation i, and event `size` + i its return. */
export class EventList {
  readonly #size: number;
  /** These stand before the first and after the last event of the two lists, which are rings. */
  readonly #end: number;
  readonly #pendingEnd: number;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  /** The place of an event among all events. */
  readonly #rank: Int32Array;
  readonly #completed: Uint8Array;

  constructor(intervals: readonly Interval[]) {
    this.#size = intervals.length;
    this.#end = 2 * intervals.length;
    this.#pendingEnd = this.#end + 1;
    this.#next = Int32Array.from({ length: this.#end + 2 }, (_, event) => event);
    this.#previous = this.#next.slice();
    this.#rank = new Int32Array(this.#end + 2);
    this.#completed = new Uint8Array(intervals.length);
    this.#link(intervals);
  }

  isCompleted(operation: number): boolean {
    return at(this.#completed, operation) === 1;
  }

  /** The place of an operation's call or return among all calls and returns, from 0. A pending one has no return. */
  columns(operation: number): { readonly call: number; readonly return: number | undefined } {
    const returned = this.isCompleted(operation) ? at(this.#rank, operation + this.#size) : undefined;
    return { call: at(this.#rank, operation), return: returned };
  }

  /** The operation that must take effect before any operation with a later call; undefined if all completed ones did. */
  get firstToReturn(): number | undefined {
    const event = this.#firstReturn();
    return event === this.#end ? undefined : event - this.#size;
  }

  /**
   * An operation that may take effect next: the first, or the one after `tried`. Completed ones come before pending
   * ones. They did happen; a pending one is worth a try where they alone do not explain what was seen.
   */
  candidate(tried: number | undefined): number | undefined {
    if (tried === undefined || this.isCompleted(tried)) {
      return this.completedCandidate(tried) ?? this.#pendingCandidate(this.#pendingEnd);
    }
    return this.#pendingCandidate(tried);
  }

  /** The same, of the completed operations only. */
  completedCandidate(tried: number | undefined): number | undefined {
    const event = at(this.#next, tried ?? this.#end);
    return event < this.#size ? event : undefined;
  }

  /** The return goes first, so that the link from the lifted call leads to what is still in the list. */
  lift(operation: number): void {
    if (this.isCompleted(operation)) this.#unlink(operation + this.#size);
    this.#unlink(operation);
  }

  putBack(operation: number): void {
    this.#relink(operation);
    if (this.isCompleted(operation)) this.#relink(operation + this.#size);
  }

  #pendingCandidate(tried: number): number | undefined {
    const event = at(this.#next, tried);
    const isInTime =
      event !== this.#pendingEnd && at(this.#rank, event) < at(this.#rank, this.#firstReturn());
    return isInTime ? event : undefined;
  }

  #firstReturn(): number {
    let event = at(this.#next, this.#end);
    while (event < this.#size) event = at(this.#next, event);
    return event;
  }

  #unlink(event: number): void {
    const next = at(this.#next, event);
    const previous = at(this.#previous, event);
    this.#next[previous] = next;
    this.#previous[next] = previous;
  }

  #relink(event: number): void {
    this.#next[at(this.#previous, event)] = event;
    this.#previous[at(this.#next, event)] = event;
  }

  #link(intervals: readonly Interval[]): void {
    const calls: { readonly time: number; readonly event: number }[] = [];
    const returns: { readonly time: number; readonly event: number }[] = [];
    for (const [operation, interval] of intervals.entries()) {
      calls.push({ time: interval.call, event: operation });
      if (interval.return === undefined) continue;
      if (!(interval.call <= interval.return)) {
        throw new RangeError(
          `an operation returned at ${interval.return}, before its call at ${interval.call}`,
        );
      }
      this.#completed[operation] = 1;
      returns.push({ time: interval.return, event: operation + this.#size });
    }
    calls.sort((a, b) => a.time - b.time);
    returns.sort((a, b) => a.time - b.time);
    let position = 0;
    let rank = 0;
    for (const { time, event } of calls) {
      for (let next = returns[position]; next !== undefined && next.time < time; next = returns[++position]) {
        this.#append(next.event, rank++, this.#end);
      }
      this.#append(event, rank++, this.isCompleted(event) ? this.#end : this.#pendingEnd);
    }
    for (const { event } of returns.slice(position)) this.#append(event, rank++, this.#end);
  }

  #append(event: number, rank: number, end: number): void {
    const last = at(this.#previous, end);
    this.#next[last] = event;
    this.#previous[event] = last;
    this.#next[event] = end;
    this.#previous[end] = event;
    this.#rank[event] = rank;
  }
}
