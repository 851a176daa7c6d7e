import { invariant } from './invariant.ts';
import type { Membership } from './membership.ts';
import {
  asTerm,
  type DiskId,
  type Entry,
  type HardState,
  type Index,
  type LogId,
  ORIGIN,
  type ReplicaId,
} from './types.ts';

/** Settings of one replica. All replicas of a group should agree on the times. */
export interface RaftOptions {
  readonly id: ReplicaId;
  /** An election starts after a random time in [electionTimeoutMs, 2 x electionTimeoutMs) without a leader. */
  readonly electionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  /** A message that got no answer for so long counts as lost. */
  readonly replyTimeoutMs: number;
  /** Payload bytes in one append; a single larger entry still travels, alone. */
  readonly messageBytesMax: number;
  /** Unacknowledged appends to one peer. */
  readonly inflightMessagesMax: number;
  readonly inflightBytesMax: number;
  /** Payload bytes of proposals that are not committed yet; beyond it proposals are refused. */
  readonly uncommittedBytesMax: number;
  /** Payload bytes handed out for applying in one step. */
  readonly applyBytesMax: number;
  /** Reads that wait for confirmation; beyond it reads are refused. */
  readonly pendingReadsMax: number;
  /**
   * How far one message may take the term, or the log, ahead (raft.G2). Whoever lags by more terms comes nearer with each
   * message; a log that lags by more entries must begin anew. Far above what a group does in years, and far below what
   * would use up the numbers.
   */
  readonly termLeapMax: number;
  readonly indexLeapMax: number;
  /**
   * A new leader appends an empty entry, which commits all earlier ones and lets it serve reads (Raft §8).
   * Only harnesses that count log positions, as the course's do, switch it off; a leader then serves its first read
   * after the first proposal of its term.
   */
  readonly noopOnElection: boolean;
  /**
   * What this replica announces to leaders of the commands that it can read: a number that means something to the state
   * machine alone, and is only compared here. Undefined: nothing.
   */
  readonly reads?: number | undefined;
  /** A uniform integer in [0, bound). */
  readonly random: (bound: number) => number;
}

export const DEFAULT_LIMITS = {
  electionTimeoutMs: 500,
  heartbeatIntervalMs: 100,
  replyTimeoutMs: 400,
  messageBytesMax: 1 << 20,
  inflightMessagesMax: 4,
  inflightBytesMax: 4 << 20,
  uncommittedBytesMax: 16 << 20,
  applyBytesMax: 4 << 20,
  pendingReadsMax: 4096,
  termLeapMax: 2 ** 16,
  indexLeapMax: 2 ** 40,
  noopOnElection: true,
} as const satisfies Omit<RaftOptions, 'id' | 'random'>;

/** What survived the last incarnation. */
export interface PersistedState {
  readonly hardState: HardState;
  readonly membership: Membership;
  /** The entry just before the log begins. */
  readonly compacted: LogId;
  readonly entries: readonly Entry[];
  readonly applied: Index;
  /** A snapshot that was received in part. */
  readonly staging: { readonly stream: string; readonly cursor: string } | undefined;
  /** Whoever has one takes part only in a group that was formed (formation.ts). */
  readonly disk?: DiskId | undefined;
}

/** The state of a replica that never ran. */
export function freshState(membership: Membership): PersistedState {
  const hardState = { term: asTerm(0), votedFor: undefined };
  return { hardState, membership, compacted: ORIGIN, entries: [], applied: ORIGIN.index, staging: undefined };
}

export function validate(options: RaftOptions, persisted: PersistedState): void {
  const { membership, compacted, applied, entries, hardState } = persisted;
  const last = entries.at(-1) ?? compacted;
  const { electionTimeoutMs, heartbeatIntervalMs } = options;
  invariant(membership.includes(options.id), `replica ${options.id} is not a member of its group`);
  invariant(
    heartbeatIntervalMs > 0 && heartbeatIntervalMs < electionTimeoutMs,
    `heartbeatIntervalMs (${heartbeatIntervalMs}) must lie between 0 and electionTimeoutMs (${electionTimeoutMs})`,
  );
  invariant(
    compacted.index <= applied && applied <= last.index && last.term <= hardState.term,
    `the disk contradicts itself: compacted ${compacted.index}, applied ${applied}, last ${last.index} of term ` +
      `${last.term}, current term ${hardState.term}`,
  );
}
