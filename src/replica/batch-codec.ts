/**
 * The payload of a log entry: the commands of one batch and the leader's clock, in CBOR, after the number of the format.
 * A log outlives the code that wrote it, and during a rollout replicas of two versions share one: an unknown format is
 * refused, which stops the replica, and never guessed.
 */

import { decode, encode } from 'cborg';

const BATCH_FORMAT = 1;

export interface Batch {
  readonly timeMs: number;
  readonly commands: readonly Uint8Array[];
}

export function encodeBatch(batch: Batch): Uint8Array {
  return encode([BATCH_FORMAT, batch.timeMs, batch.commands]);
}

export function decodeBatch(payload: Uint8Array): Batch {
  const [format, timeMs, commands]: unknown[] = decode(payload);
  if (format !== BATCH_FORMAT || typeof timeMs !== 'number' || !isCommandList(commands)) {
    throw new Error(`a log entry has format ${format}, and this code knows format ${BATCH_FORMAT} only`);
  }
  return { timeMs, commands };
}

function isCommandList(value: unknown): value is Uint8Array[] {
  return Array.isArray(value) && value.every((item) => item instanceof Uint8Array);
}
