/** The values that consensus is about. Plain data: every field is readonly, every number an integer. */

import type { Membership } from './membership.ts';

declare const brand: unique symbol;
type Branded<Name extends string> = number & { readonly [brand]: Name };

/** A period with at most one leader (Raft §5.1). 0 is "before the first election". */
export type Term = Branded<'Term'>;
/** A position in the log. The first entry has index 1; 0 is "before the log". */
export type Index = Branded<'Index'>;
/** Names one replica of one group, from 1. An id is never given to another replica, not even after a wipe. */
export type ReplicaId = Branded<'ReplicaId'>;

export const asTerm = (value: number): Term => value as Term;
export const asIndex = (value: number): Index => value as Index;
export const asReplicaId = (value: number): ReplicaId => value as ReplicaId;

/**
 * One slot of the log. `noop` is what a leader appends on its election (Raft §8); its payload is empty.
 * The payload is opaque: it is encoded once, where it is proposed, and copied as bytes from then on.
 */
export interface Entry {
  readonly index: Index;
  readonly term: Term;
  readonly kind: 'command' | 'noop';
  readonly payload: Uint8Array;
}

/** What must be on disk before a promise leaves (Raft figure 2, "persistent state"); the log is the rest of it. */
export interface HardState {
  readonly term: Term;
  readonly votedFor: ReplicaId | undefined;
}

/** The identity of an entry. Two logs that hold the same LogId are equal up to it (Log Matching, §5.3). */
export interface LogId {
  readonly index: Index;
  readonly term: Term;
}

/** What a snapshot stands for: the state after `index`, and who was a member then. */
export interface SnapshotMeta extends LogId {
  readonly membership: Membership;
}

/** A part of a snapshot. Cursors are opaque strings of the host; '' is the beginning. */
export interface SnapshotChunk {
  readonly snapshot: SnapshotMeta;
  /** Names one frozen view of one instance of one replica: chunks of different streams never mix (raft.S1). */
  readonly stream: string;
  readonly cursor: string;
  readonly nextCursor: string;
  readonly data: Uint8Array;
  readonly done: boolean;
}

export const ORIGIN: LogId = { index: asIndex(0), term: asTerm(0) };
