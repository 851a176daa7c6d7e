/**
 * How far somebody has seen the store: for each shard that he met, a revision of it. A shard's revision rises with each
 * write in it and travels with it, so it says the same whichever group has the shard.
 *
 * As text a position is for its holder to keep and give back as it is, with each request; what comes back includes it.
 * Several, of requests that ran at the same time, are joined by commas.
 *
 *     1_3.42_9.17    format 1: revision 42 of shard 3, revision 17 of shard 9
 */

import { parseInteger } from './integer.ts';
import { LIMITS } from './limits.ts';

/** Revisions by shard. */
export type Position = ReadonlyMap<number, number>;

/** A text of another format is refused, and never guessed. */
const FORMAT = '1';

/** What positions joined by commas say together; undefined if one of them is none. */
export function parsePosition(text: string): Position | undefined {
  if (text.length > LIMITS.positionLengthMax) return undefined;
  const seen = new Map<number, number>();
  for (const one of text.split(',')) {
    const [format, ...parts] = one.trim().split('_');
    if (format !== FORMAT || parts.length === 0) return undefined;
    for (const part of parts) {
      const numbers = part.split('.').map((digits) => parseInteger(digits, 0));
      const [shard, revision] = numbers;
      if (numbers.length !== 2 || shard === undefined || revision === undefined) return undefined;
      seen.set(shard, Math.max(revision, seen.get(shard) ?? 0));
    }
  }
  return seen;
}

export function formatPosition(position: Position): string {
  const parts = [...position].sort(([a], [b]) => a - b).map(([shard, revision]) => `${shard}.${revision}`);
  return [FORMAT, ...parts].join('_');
}

/**
 * The revision of the shard that its holder has seen, 0 if he has seen none. Undefined: the position is full, so what
 * it does not name may have been left out.
 */
export function leastRevision(position: Position, shard: number): number | undefined {
  return position.get(shard) ?? (position.size < LIMITS.positionShardsMax ? 0 : undefined);
}

/** A position of at most `LIMITS.positionShardsMax` shards; this one is among them. */
export function withRevision(position: Position, shard: number, revision: number): Position {
  const others = [...position].filter(([other]) => other !== shard);
  return new Map([[shard, revision], ...others.slice(0, LIMITS.positionShardsMax - 1)]);
}
