/** When a log is compacted, and how far: the state is in the table, so the log is for peers that are a little behind. */

import { asIndex, type Index, type Raft } from '../raft/index.ts';
import type { ReplicaLimits } from './options.ts';

export type LogLimits = Pick<ReplicaLimits, 'logEntriesMax' | 'logBytesMax' | 'logTailEntries'>;

/** Undefined: the log may stay as it is. `viewIndex`: what is being sent as a snapshot stands for it. */
export function compactThrough(
  raft: Pick<Raft, 'logSize' | 'compacted' | 'compactionPoint'>,
  { logEntriesMax, logBytesMax, logTailEntries }: LogLimits,
  viewIndex: number | undefined,
): Index | undefined {
  const { entries, bytes } = raft.logSize;
  if (entries <= logEntriesMax && bytes <= logBytesMax) return undefined;
  const through = raft.compactionPoint(logTailEntries, Math.floor(logBytesMax / 2));
  // A peer that receives a snapshot needs what comes after it, but not at any price.
  const patient = entries <= 4 * logEntriesMax && bytes <= 4 * logBytesMax;
  const kept = patient && viewIndex !== undefined ? Math.min(through, viewIndex) : through;
  return kept <= raft.compacted.index ? undefined : asIndex(kept);
}
