/**
 * The search for a linearization: Wing & Gong's algorithm with Lowe's memo. Of the operations that were called before
 * the first return, it tries to let each take effect next; when none can, the last choice was wrong.
 *
 * Four rules keep it from trying what cannot matter. Each drops a path only where an equal one stands beside it.
 * R1  An observer (a get) takes effect as soon as it fits, and that choice is never reconsidered: if it could take
 *     effect later, it can do so now, for no other operation sees the difference.
 * R2  A pending operation takes effect only if it changes the state; else it may as well never do so (H2). The search
 *     is over when all completed operations are linearized, whatever is still pending.
 * R3  Of pending operations that do the same the one called first takes effect first.
 * R4  What a pending operation did is not overwritten at once; else it may as well never have taken effect. (A state
 *     that is reached twice is not searched twice, though the rule may forbid more the first time: what it forbids
 *     there is done without the pending operation, which leaves that one for later, and so leaves more open.)
 */

import { ConfigurationSet } from './configuration-set.ts';
import { EventList } from './event-list.ts';
import type { Operation } from './history.ts';
import type { Model, Primitive } from './model.ts';
import { NOT_POSSIBLE, StateTable } from './state-table.ts';

export interface SearchLimits {
  /** Asked once in a while; reading a clock at each step would cost more than the step. */
  readonly isTimeOver: () => boolean;
  readonly memoryBytesMax: number;
}

/** Operations are named by their index in the history that was searched. */
export type SearchResult =
  /** An order in which the operations can have taken effect. Pending ones that are not in it never did. */
  | { readonly verdict: 'linearizable'; readonly order: readonly number[] }
  | ({ readonly verdict: 'not linearizable' } & PartialLinearization)
  | ({ readonly verdict: 'unknown'; readonly limit: 'time' | 'memory' } & PartialLinearization);

/** The order that took in most completed operations before the search had to retreat, with the fewest pending ones. */
export interface PartialLinearization {
  readonly order: readonly number[];
  /** The operation that had to take effect next, and fits nowhere. Undefined if the search never had to retreat. */
  readonly blocked: number | undefined;
}

const STEPS_BETWEEN_LIMIT_CHECKS = 2048;

export function searchLinearization<Input, Output, State extends Primitive>(
  history: readonly Operation<Input, Output>[],
  model: Model<Input, Output, State>,
  limits: SearchLimits,
): SearchResult {
  const numbering = numberOperations(history, model);
  const operations = numbering.map((index) => elementOf(history, index));
  const result = new Search(operations, model).run(limits);
  const order = result.order.map((operation) => elementOf(numbering, operation));
  if (result.verdict === 'linearizable') return { ...result, order };
  const blocked = result.blocked === undefined ? undefined : elementOf(numbering, result.blocked);
  return { ...result, order, blocked };
}

/**
 * The operations that matter, in the order that the set of configurations likes: the pending ones, then the others as
 * they were called. A pending observer says nothing about the object.
 */
function numberOperations<Input, Output, State extends Primitive>(
  history: readonly Operation<Input, Output>[],
  model: Model<Input, Output, State>,
): readonly number[] {
  const byCall = [...history.keys()].sort((a, b) => elementOf(history, a).call - elementOf(history, b).call);
  const isPending = (index: number): boolean => elementOf(history, index).return === undefined;
  const pending = byCall.filter(
    (index) => isPending(index) && !model.observes(elementOf(history, index).input, undefined),
  );
  return [...pending, ...byCall.filter((index) => !isPending(index))];
}

class Search<Input, Output, State extends Primitive> {
  readonly #operations: readonly Operation<Input, Output>[];
  readonly #isObserver: readonly boolean[];
  readonly #overwrites: readonly boolean[];
  /** R3. The pending operation, if any, that must take effect before this one. */
  readonly #twins: readonly (number | undefined)[];
  readonly #events: EventList;
  readonly #states: StateTable<Input, Output, State>;
  readonly #visited: ConfigurationSet;
  /** The operations linearized so far, and beside each the state that it found. */
  readonly #order: number[] = [];
  readonly #statesBefore: number[] = [];
  #state: number;
  /** Completed operations not yet linearized. */
  #remaining: number;
  #best: (PartialLinearization & { readonly remaining: number }) | undefined;

  constructor(operations: readonly Operation<Input, Output>[], model: Model<Input, Output, State>) {
    const pending = operations.filter((operation) => operation.return === undefined);
    this.#operations = operations;
    this.#isObserver = operations.map((operation) => model.observes(operation.input, operation.output));
    this.#overwrites = operations.map((operation) => model.overwrites(operation.input));
    this.#events = new EventList(operations);
    this.#states = new StateTable(model, operations);
    this.#twins = this.#findTwins(pending);
    this.#visited = new ConfigurationSet(operations.length, pending.length);
    this.#state = this.#states.initial;
    this.#remaining = operations.length - pending.length;
  }

  run(limits: SearchLimits): SearchResult {
    this.#linearizeObservers();
    let tried: number | undefined;
    for (let step = 1; this.#remaining > 0; step += 1) {
      if (step % STEPS_BETWEEN_LIMIT_CHECKS === 0) {
        const limit = this.#exceeded(limits);
        if (limit !== undefined) return { verdict: 'unknown', limit, ...this.#longest() };
      }
      const candidate = this.#events.candidate(tried);
      if (candidate !== undefined) {
        tried = this.#tryToLinearize(candidate) ? undefined : candidate;
        continue;
      }
      this.#recordIfLongest();
      tried = this.#retreat();
      if (tried === undefined) return { verdict: 'not linearizable', ...this.#longest() };
    }
    return { verdict: 'linearizable', order: this.#order };
  }

  /** Two operations do the same if they have the same input, or lead from any state to the same one. */
  #findTwins(pending: readonly Operation<Input, Output>[]): readonly (number | undefined)[] {
    const last = new Map<string | number, number>();
    return pending.map((operation, number) => {
      const effect = this.#overwrites[number]
        ? this.#states.step(this.#states.initial, operation)
        : JSON.stringify(operation.input);
      const twin = last.get(effect);
      last.set(effect, number);
      return twin;
    });
  }

  /** Lets the operation take effect next, if it can, and if that leads where the search has not been. */
  #tryToLinearize(number: number): boolean {
    if (this.#isObserver[number]) return false;
    const twin = this.#twins[number];
    if (twin !== undefined && !this.#visited.has(twin)) return false;
    const last = this.#order.at(-1);
    if (last !== undefined && this.#overwrites[number] && !this.#events.isCompleted(last)) return false;
    const next = this.#states.step(this.#state, elementOf(this.#operations, number));
    if (next === NOT_POSSIBLE) return false;
    if (next === this.#state && !this.#events.isCompleted(number)) return false;
    this.#visited.toggle(number);
    if (!this.#visited.add(next)) {
      this.#visited.toggle(number);
      return false;
    }
    this.#linearize(number, next);
    this.#linearizeObservers();
    return true;
  }

  /** R1. An observer that is lifted takes its return along, and so may bring later calls within reach. */
  #linearizeObservers(): void {
    const events = this.#events;
    let number = events.completedCandidate(undefined);
    for (; number !== undefined; number = events.completedCandidate(number)) {
      if (!this.#isObserver[number]) continue;
      if (this.#states.step(this.#state, elementOf(this.#operations, number)) === NOT_POSSIBLE) continue;
      this.#visited.toggle(number);
      this.#linearize(number, this.#state);
    }
  }

  #linearize(number: number, next: number): void {
    this.#order.push(number);
    this.#statesBefore.push(this.#state);
    this.#state = next;
    if (this.#events.isCompleted(number)) this.#remaining -= 1;
    this.#events.lift(number);
  }

  /** Takes back the last choice and all that followed from it, and says what it was; undefined if none is left. */
  #retreat(): number | undefined {
    for (let number = this.#order.pop(); number !== undefined; number = this.#order.pop()) {
      this.#state = this.#statesBefore.pop() ?? this.#state;
      if (this.#events.isCompleted(number)) this.#remaining += 1;
      this.#events.putBack(number);
      this.#visited.toggle(number);
      if (!this.#isObserver[number]) return number;
    }
    return undefined;
  }

  #exceeded(limits: SearchLimits): 'time' | 'memory' | undefined {
    if (this.#visited.bytes > limits.memoryBytesMax) return 'memory';
    return limits.isTimeOver() ? 'time' : undefined;
  }

  #recordIfLongest(): void {
    const { remaining, order } = this.#best ?? { remaining: Number.POSITIVE_INFINITY, order: [] };
    if (remaining < this.#remaining) return;
    if (remaining === this.#remaining && order.length <= this.#order.length) return;
    const blocked = this.#events.firstToReturn;
    this.#best = { order: this.#order.slice(), blocked, remaining: this.#remaining };
  }

  #longest(): PartialLinearization {
    const { order, blocked } = this.#best ?? { order: this.#order, blocked: undefined };
    return { order, blocked };
  }
}

function elementOf<T>(elements: readonly T[], index: number): T {
  const element = elements[index];
  if (element === undefined) throw new RangeError(`index ${index} is outside of ${elements.length} elements`);
  return element;
}
