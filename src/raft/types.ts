/** The values that consensus is about. Plain data: every field is readonly, every number an integer. */

import type { Membership } from './membership.ts';

declare const brand: unique symbol;
type Branded<Name extends string> = number & { readonly [brand]: Name };
type BrandedText<Name extends string> = string & { readonly [brand]: Name };

/** A period with at most one leader (Raft §5.1). 0 is "before the first election". */
export type Term = Branded<'Term'>;
/** A position in the log. The first entry has index 1; 0 is "before the log". */
export type Index = Branded<'Index'>;
/** Names one replica of one group, from 1. */
export type ReplicaId = Branded<'ReplicaId'>;
/** Names one disk of a replica: random, made when the disk is new. Whoever comes back with another has lost its past. */
export type DiskId = BrandedText<'DiskId'>;

export const asTerm = (value: number): Term => value as Term;
export const asIndex = (value: number): Index => value as Index;
export const asReplicaId = (value: number): ReplicaId => value as ReplicaId;
export const asDiskId = (value: string): DiskId => value as DiskId;

/**
 * One slot of the log. `noop` is what a leader appends on its election (Raft §8); its payload is empty, as is that of a
 * `readmission`. The payload is opaque: it is encoded once, where it is proposed, and copied as bytes from then on.
 */
export interface Entry {
  readonly index: Index;
  readonly term: Term;
  readonly kind: 'command' | 'noop' | 'readmission';
  readonly payload: Uint8Array;
  /** Of that kind alone. */
  readonly readmission?: Readmission;
}

/** "The voter of this number now has that disk" (readmission.ts). */
export interface Readmission {
  readonly replica: ReplicaId;
  readonly disk: DiskId;
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
