export type {
  ChunkRequest,
  Effects,
  Input,
  InstallChunk,
  ProposalOutcome,
  ReadOutcome,
  Store,
} from './effects.ts';
export { InvariantError, invariant, unreachable } from './invariant.ts';
export { Log } from './log.ts';
export type {
  AppendReply,
  AppendRequest,
  Message,
  PreVoteReply,
  PreVoteRequest,
  Reply,
  Request,
  SnapshotReply,
  SnapshotRequest,
  TimeoutNow,
  VoteReply,
  VoteRequest,
} from './messages.ts';
export { isRequest } from './messages.ts';
export { DEFAULT_LIMITS, type PersistedState, type RaftOptions } from './options.ts';
export { Raft } from './raft.ts';
export type { PeerStatus, Status } from './status.ts';
export {
  asIndex,
  asReplicaId,
  asTerm,
  type Entry,
  type HardState,
  type Index,
  type LogId,
  type Membership,
  ORIGIN,
  type ReplicaId,
  type SnapshotMeta,
  type Term,
} from './types.ts';
