/** A rule of the controller does not hold. The replica must stop: a wrong shard map loses data. */
export class ControllerInvariantError extends Error {
  override readonly name = 'ControllerInvariantError';
}

export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new ControllerInvariantError(message);
}

export function unreachable(value: never): never {
  throw new ControllerInvariantError(`unexpected value ${JSON.stringify(value)}`);
}
