/** The definition of linearizability, and nothing else: some order of the operations keeps to time and to the model. */

import type { Model, Operation } from '../../../../tools/checker/index.ts';
import type { Primitive } from '../../../../tools/checker/model.ts';

/** Tries every order; for a handful of operations. */
export function hasLinearization<Input, Output, State extends Primitive>(
  operations: readonly Operation<Input, Output>[],
  model: Model<Input, Output, State>,
): boolean {
  const pending = operations.filter((operation) => operation.return === undefined);
  const completed = operations.filter((operation) => operation.return !== undefined);
  return subsets(pending).some((effective) =>
    permutations([...completed, ...effective]).some((order) => isLinearization(order, model)),
  );
}

/** Whether the operations, taking effect in this order, keep to time and to the model. */
export function isLinearization<Input, Output, State extends Primitive>(
  order: readonly Operation<Input, Output>[],
  model: Model<Input, Output, State>,
): boolean {
  return keepsTime(order) && isAllowed(order, model);
}

function keepsTime(order: readonly Operation<unknown, unknown>[]): boolean {
  return order.every((earlier, position) =>
    order.slice(position + 1).every((later) => later.return === undefined || later.return >= earlier.call),
  );
}

/** The store as one map of all partitions: what the checker may split, this does not. */
function isAllowed<Input, Output, State extends Primitive>(
  order: readonly Operation<Input, Output>[],
  model: Model<Input, Output, State>,
): boolean {
  const states = new Map<string, State>();
  return order.every(({ input, output }) => {
    const partition = model.partition(input);
    const state = states.get(partition);
    const next = model.step(state === undefined ? model.initial : state, input, output);
    if (next !== undefined) states.set(partition, next);
    return next !== undefined;
  });
}

function subsets<T>(elements: readonly T[]): readonly (readonly T[])[] {
  return elements.reduce<readonly (readonly T[])[]>(
    (found, element) => found.flatMap((subset) => [subset, [...subset, element]]),
    [[]],
  );
}

function permutations<T>(elements: readonly T[]): readonly (readonly T[])[] {
  if (elements.length === 0) return [[]];
  return elements.flatMap((first, index) =>
    permutations(elements.toSpliced(index, 1)).map((rest) => [first, ...rest]),
  );
}
