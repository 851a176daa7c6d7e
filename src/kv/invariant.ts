/** A rule of the state machine does not hold. The replica must stop: going on could lose or invent data. */
export class KvInvariantError extends Error {
  override readonly name = 'KvInvariantError';
}

/** Checked in production too, as in the consensus core. */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new KvInvariantError(message);
}

export function unreachable(value: never): never {
  throw new KvInvariantError(`unexpected value ${JSON.stringify(value)}`);
}
