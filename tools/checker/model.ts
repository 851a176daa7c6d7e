import type { Operation } from './history.ts';

/** A state is a primitive, so that the checker can number the states it meets and compare them as integers. */
export type Primitive = string | number | boolean | null;

/** What an object does when operations come one at a time: the meaning of "as if" in linearizability. */
export interface Model<Input, Output, State extends Primitive> {
  readonly initial: State;
  /**
   * The part of the object that an operation is about. Parts are independent, and a history is linearizable if and
   * only if the history of each part is (locality: Herlihy & Wing, theorem 1), which makes the search feasible.
   */
  readonly partition: (input: Input) => string;
  /** True if an operation that had this output changes no state whatever; undefined output: none it could have had. */
  readonly observes: (input: Input, output: Output | undefined) => boolean;
  /** The state that follows, or undefined if the operation cannot have this output here. Undefined output fits all. */
  readonly step: (state: State, input: Input, output: Output | undefined) => State | undefined;
  /** True if neither the state after the operation nor its output depends on the state before it. */
  readonly overwrites: (input: Input) => boolean;
  /**
   * Maps states that no operation of this history, in any order, could tell apart to one of them: the fewer states,
   * the shorter the search. The identity will do.
   */
  readonly merge: (history: readonly Operation<Input, Output>[]) => (state: State) => State;
  /** For people: the operation and its result in a few words. */
  readonly describe: (input: Input, output: Output | undefined) => string;
}
