/**
 * The state of one replica, which the modules of this folder share. `raft.ts` makes one; nobody outside sees it. What
 * must be on the disk changes here alone, in memory and in the outbox at once.
 *
 * Invariants:
 * raft.N1  What a restart must find again (term, vote, log, membership, a part of a snapshot) changes only together
 *          with the step's `Store`.
 * raft.N2  `durable` and the own vote follow from confirmed writes, never from writes that are under way (raft.R3).
 * raft.N3  A readmission ends what is handed out at once, and more is handed out only when all of that is applied. So a
 *          host that writes a new membership together with what is applied by then never meets an older readmission
 *          again, wherever its state begins after a restart.
 */

import type { Effects } from './effects.ts';
import { invariant } from './invariant.ts';
import { Log } from './log.ts';
import type { Membership } from './membership.ts';
import type { Message, Request } from './messages.ts';
import type { PersistedState, RaftOptions } from './options.ts';
import { Outbox } from './outbox.ts';
import type { Role } from './role.ts';
import {
  asIndex,
  type DiskId,
  type Entry,
  type HardState,
  type Index,
  type LogId,
  type ReplicaId,
  type SnapshotChunk,
  type Term,
} from './types.ts';

/** A message without what every message has in common. */
type Bare<M extends Message> = M extends Message ? Omit<M, 'from' | 'term' | 'disk'> : never;

/** What a `Store` will have made durable once it is confirmed. */
interface UnconfirmedStore {
  readonly id: number;
  readonly last: LogId;
  readonly hardState: HardState;
  /** The round of reads that was under way: its confirmation is an answer from the own disk (reads.ts). */
  readonly readRound: number;
}

export class Node {
  readonly options: RaftOptions;
  /** What the current step has asked for so far. */
  outbox = new Outbox();
  readonly log: Log;
  membership: Membership;
  hardState: HardState;
  role: Role = {
    type: 'follower',
    leader: undefined,
    electionAtMs: 0,
    heardAtMs: undefined,
    isExcused: false,
    disputedAtMs: undefined,
  };
  nowMs = 0;
  commit: Index;
  /** As far as the host says that it has applied. */
  applied: Index;
  /** As far as entries were handed to the host for applying. */
  handedOut: Index;
  /** Everything of this replica's log up to here is on its disk. */
  durable: Index;
  staging: PersistedState['staging'];
  readonly disk: DiskId | undefined;
  /** The disks of those who have said that they belong to no formed group either (formation.ts). */
  readonly introduced = new Map<ReplicaId, DiskId>();
  /** Undefined unless this replica has formed the group in this life: who has joined it. */
  joined: Set<ReplicaId> | undefined;
  #storeId = 0;
  #unconfirmed: UnconfirmedStore[] = [];

  constructor(options: RaftOptions, persisted: PersistedState) {
    this.options = options;
    this.log = new Log(persisted.compacted, persisted.entries);
    this.membership = persisted.membership;
    this.hardState = persisted.hardState;
    this.commit = persisted.applied;
    this.applied = persisted.applied;
    this.handedOut = persisted.applied;
    this.durable = this.log.lastIndex;
    this.staging = persisted.staging;
    this.disk = persisted.disk;
  }

  get id(): ReplicaId {
    return this.options.id;
  }

  get term(): Term {
    return this.hardState.term;
  }

  get leader(): ReplicaId | undefined {
    if (this.role.type === 'leader') return this.id;
    return this.role.type === 'follower' ? this.role.leader : undefined;
  }

  /** Learners follow; only voters may campaign, and only with their past. */
  get isVoter(): boolean {
    return this.membership.isVoter(this.id) && !this.isUnformed && !this.isForgetful;
  }

  /** This replica knows of no formed group yet (formation.ts). */
  get isUnformed(): boolean {
    return this.disk !== undefined && !this.membership.isFormed;
  }

  /** The group names another disk under this number: what was promised from it is lost (docs/decisions/0010). */
  get isForgetful(): boolean {
    return !this.membership.recognizes(this.id, this.disk);
  }

  /** A message that promises nothing about this replica's disk: it leaves at once. */
  send(message: Bare<Request>): void {
    this.outbox.messages.push({ ...message, ...this.#sender });
  }

  /** A message that may leave only when all that was written so far is durable: votes and acknowledgements. */
  promise(message: Bare<Message>): void {
    this.outbox.promises.push({ ...message, ...this.#sender });
  }

  setMembership(membership: Membership): void {
    this.membership = membership;
    this.outbox.write({ membership });
  }

  setHardState(hardState: HardState): void {
    this.hardState = hardState;
    this.outbox.write({ hardState });
  }

  append(entries: readonly Entry[]): void {
    this.log.append(entries);
    this.outbox.append(entries);
  }

  truncateFrom(index: Index): void {
    this.log.truncateFrom(index, this.commit);
    this.durable = asIndex(Math.min(this.durable, index - 1));
    this.outbox.truncateFrom(index);
  }

  compact(through: Index): void {
    this.log.compact(through);
    this.outbox.write({ compactThrough: this.log.compacted });
  }

  /** A received chunk goes to the disk; the last one replaces state and log. */
  install(chunk: SnapshotChunk): void {
    const { snapshot } = chunk;
    this.outbox.write({ install: chunk });
    this.staging = chunk.done ? undefined : { stream: chunk.stream, cursor: chunk.nextCursor };
    if (!chunk.done) return;
    if (!this.log.contains(snapshot)) {
      this.outbox.truncateFrom(this.log.firstIndex);
      this.durable = asIndex(0);
    }
    this.log.restart(snapshot);
    this.outbox.write({ compactThrough: this.log.compacted });
    this.membership = snapshot.membership;
    this.commit = asIndex(Math.max(this.commit, snapshot.index));
    this.applied = snapshot.index;
    this.handedOut = snapshot.index;
  }

  /** The writes that a confirmation of store `id` makes certain, oldest first. */
  confirmStores(id: number): readonly UnconfirmedStore[] {
    invariant(id <= this.#storeId, `store ${id} is confirmed, but only ${this.#storeId} were asked for`);
    const confirmed = this.#unconfirmed.filter((store) => store.id <= id);
    this.#unconfirmed = this.#unconfirmed.filter((store) => store.id > id);
    return confirmed;
  }

  takeEffects(roleChanged: boolean): Effects {
    const { outbox, hardState, role } = this;
    const effects = outbox.toEffects(this.#storeId + 1, this.#takeApply(), roleChanged);
    this.outbox = new Outbox();
    if (effects.store === undefined) return effects;
    this.#storeId += 1;
    const readRound = role.type === 'leader' ? role.reads.round : 0;
    this.#unconfirmed.push({ id: this.#storeId, last: this.log.last, hardState, readRound });
    return effects;
  }

  get #sender(): Pick<Message, 'from' | 'term' | 'disk'> {
    return { from: this.id, term: this.term, ...(this.disk === undefined ? {} : { disk: this.disk }) };
  }

  #takeApply(): readonly Entry[] {
    if (this.applied < this.handedOut || this.commit === this.handedOut) return [];
    const next = this.log.slice(asIndex(this.handedOut + 1), this.commit, this.options.applyBytesMax);
    const last = next.findIndex(({ kind }) => kind === 'readmission');
    const entries = last === -1 ? next : next.slice(0, last + 1);
    this.handedOut = entries.at(-1)?.index ?? this.handedOut;
    for (const { readmission } of entries) {
      if (readmission !== undefined) this.setMembership(this.membership.after(readmission));
    }
    return entries;
  }
}
