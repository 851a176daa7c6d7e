/** A rule of the job or of the shuffle does not hold. The object must stop: going on could lose or repeat a result. */
export class MapReduceInvariantError extends Error {
  override readonly name = 'MapReduceInvariantError';
}

export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new MapReduceInvariantError(message);
}

export function unreachable(value: never): never {
  throw new MapReduceInvariantError(`unexpected value ${JSON.stringify(value)}`);
}
