import { asIndex, type Index, type Raft } from '../raft/index.ts';
import type { ReplicaLimits } from './options.ts';
import type { ReplicaTrace } from './replica-trace.ts';

export type LogLimits = Pick<ReplicaLimits, 'logEntriesMax' | 'logBytesMax' | 'logTailEntries'>;

/** Beyond so many times its limits, the log is cut whoever still needs it. */
const PATIENCE = 4;

/**
 * Up to where the log should be compacted, if at all. A peer that receives a snapshot needs what comes after it
 * (`viewIndex`), but not at any price.
 */
export function compactionOf(
  raft: Raft,
  { logEntriesMax, logBytesMax, logTailEntries }: LogLimits,
  viewIndex: number | undefined,
  trace: ReplicaTrace | undefined,
): Index | undefined {
  const { entries, bytes } = raft.logSize;
  if (entries <= logEntriesMax && bytes <= logBytesMax) return undefined;
  const through = raft.compactionPoint(logTailEntries, Math.floor(logBytesMax / 2));
  const isPatient = entries <= PATIENCE * logEntriesMax && bytes <= PATIENCE * logBytesMax;
  const kept = asIndex(isPatient && viewIndex !== undefined ? Math.min(through, viewIndex) : through);
  if (kept <= raft.compacted.index) return undefined;
  trace?.says(`compacts its log of ${entries} entries and ${bytes} bytes through ${kept}`);
  return kept;
}
