/** What is done to one key, by a request of its own or as a part of a batch. */

import type { Command, Session } from '../../src/kv/index.ts';
import { type Consistency, leastRevision, type Position } from '../../src/protocol/index.ts';
import type { KvBackend } from '../gateway/backends.ts';
import { type Answer, readAnswer, type StoreName, writeAnswer } from './answers.ts';

/** A store, and how it is to be asked. */
export interface Target {
  readonly store: StoreName;
  readonly backend: KvBackend;
  /** What the sender has seen of it. */
  readonly seen: Position;
}

export async function writeKey(
  { store, backend, seen }: Target,
  command: Command,
  shard: number,
  session: Session | undefined,
): Promise<Answer> {
  return writeAnswer(await backend.write(command, session), store, seen.get(shard) ?? 0);
}

export async function readKey(
  { store, backend, seen }: Target,
  key: string,
  shard: number,
  wanted: Consistency,
): Promise<Answer> {
  const minRevision = leastRevision(seen, shard);
  // Where a position leaves open what was seen, only a linearizable read is sure to include it.
  const consistency = minRevision === undefined ? 'linearizable' : wanted;
  const outcome = await backend.read({ key, consistency, minRevision: minRevision ?? 0 });
  return readAnswer(outcome, store, consistency);
}
