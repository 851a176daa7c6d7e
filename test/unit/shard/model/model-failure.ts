/** What must never happen has happened: a property of the shard layer does not hold. */
export class ModelFailure extends Error {
  override readonly name = 'ModelFailure';
}

export function ensure(condition: boolean, message: string): asserts condition {
  if (!condition) throw new ModelFailure(message);
}
