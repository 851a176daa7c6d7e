export type {
  ChunkRequest,
  Declined,
  Effects,
  Input,
  ProposalOutcome,
  Store,
} from './effects.ts';
export { InvariantError, invariant, unreachable } from './invariant.ts';
export { Log } from './log.ts';
export { Membership } from './membership.ts';
export type { AppendReply, AppendRequest, Message, PeerReply, Request } from './messages.ts';
export { isReply, isRequest, type SnapshotReply, type SnapshotRequest } from './messages.ts';
export { DEFAULT_LIMITS, freshState, type PersistedState, type RaftOptions } from './options.ts';
export {
  describeEffects,
  describeEntries,
  describeId,
  describeMessage,
  describeRole,
  describeSize,
  SIZES,
  type Wording,
} from './prose.ts';
export { Raft } from './raft.ts';
export type { Standing } from './standing.ts';
export type { PeerStatus, Status } from './status.ts';
export {
  asDiskId,
  asIndex,
  asReplicaId,
  asTerm,
  type DiskId,
  type Entry,
  type HardState,
  type Index,
  type LogId,
  ORIGIN,
  type Readmission,
  type ReplicaId,
  type SnapshotChunk,
  type SnapshotMeta,
  type Term,
} from './types.ts';
