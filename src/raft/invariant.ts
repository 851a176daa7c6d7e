/** A rule of the protocol does not hold. The replica must stop: going on could lose or invent data. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** Checked in production too: each use is cheap, and a wrong replica that goes on is worse than one that stops. */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}

export function unreachable(value: never): never {
  throw new InvariantError(`unexpected value ${JSON.stringify(value)}`);
}
