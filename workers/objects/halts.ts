/**
 * Why replicas stopped, for the next life to tell. In memory of the isolate, which mostly outlives the object: what is
 * forgotten here stands in the log.
 */
import type { Halt } from '../../src/store/index.ts';

/** The replicas of more objects than one isolate holds. */
const HALTS_MAX = 256;
const REASON_CHARACTERS_MAX = 300;

const halts = new Map<string, Halt>();

export function noteHalt(replica: string, error: unknown): void {
  const count = (halts.get(replica)?.count ?? 0) + 1;
  const reason = String(error).slice(0, REASON_CHARACTERS_MAX).toWellFormed();
  halts.delete(replica);
  halts.set(replica, { reason, atMs: Date.now(), count });
  const [oldest] = halts.keys();
  if (halts.size > HALTS_MAX && oldest !== undefined) halts.delete(oldest);
}

export function lastHaltOf(replica: string): Halt | undefined {
  return halts.get(replica);
}
