/** The states that a search meets, numbered, so that it compares and remembers integers: a long value costs nothing. */

import type { Operation } from './history.ts';
import type { Model, Primitive } from './model.ts';

/** What `step` answers if the operation cannot have had its output in that state. */
export const NOT_POSSIBLE = -1;

export class StateTable<Input, Output, State extends Primitive> {
  readonly #model: Model<Input, Output, State>;
  readonly #merge: (state: State) => State;
  readonly #states: State[] = [];
  readonly #numbers = new Map<State, number>();

  constructor(model: Model<Input, Output, State>, history: readonly Operation<Input, Output>[]) {
    this.#model = model;
    this.#merge = model.merge(history);
  }

  get initial(): number {
    return this.#number(this.#model.initial);
  }

  step(number: number, operation: Operation<Input, Output>): number {
    const state = this.#states[number];
    if (state === undefined) throw new RangeError(`there is no state ${number}`);
    const next = this.#model.step(state, operation.input, operation.output);
    if (next === undefined) return NOT_POSSIBLE;
    return next === state ? number : this.#number(this.#merge(next));
  }

  #number(state: State): number {
    const known = this.#numbers.get(state);
    if (known !== undefined) return known;
    const number = this.#states.push(state) - 1;
    this.#numbers.set(state, number);
    return number;
  }
}
