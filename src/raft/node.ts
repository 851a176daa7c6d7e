import type { Effects, InstallChunk, ProposalOutcome, ReadOutcome, Store } from './effects.ts';
import { invariant } from './invariant.ts';
import { Log } from './log.ts';
import type { Message } from './messages.ts';
import type { PersistedState, RaftOptions } from './options.ts';
import type { Role } from './role.ts';
import {
  asIndex,
  type Entry,
  type HardState,
  type Index,
  type LogId,
  type Membership,
  type ReplicaId,
  type Term,
} from './types.ts';

/** A message without what every message has in common. */
type Bare<M> = M extends Message ? Omit<M, 'from' | 'term'> : never;

/** What a `Store` will have made durable once it is confirmed. */
interface StoreRecord {
  readonly id: number;
  readonly last: LogId;
  readonly hardState: HardState;
  readonly readRound: number;
}

/**
 * The state that the modules of this folder share, and the effects that the current step has gathered. Only `raft.ts`
 * makes one; nobody outside the folder sees it.
 */
export class Node {
  readonly options: RaftOptions;
  readonly log: Log;
  readonly membership: { current: Membership };
  hardState: HardState;
  role: Role;
  nowMs = 0;
  commit: Index;
  /** As far as the host says that it has applied. */
  applied: Index;
  /** As far as entries were handed to the host for applying. */
  handedOut: Index;
  /** Everything of this replica's log up to here is on its disk. */
  durable: Index;
  staging: { readonly stream: string; readonly cursor: string } | undefined;

  #stores: StoreRecord[] = [];
  #storeId = 0;
  #messages: Message[] = [];
  #promises: Message[] = [];
  #reads: { id: number; outcome: ReadOutcome }[] = [];
  #chunkRequests: Effects['chunkRequests'][number][] = [];
  #hardStateChanged = false;
  #truncateFrom: Index | undefined;
  #append: Entry[] = [];
  #compactThrough: LogId | undefined;
  #install: InstallChunk | undefined;
  #touch = false;
  proposal: ProposalOutcome | undefined;

  constructor(options: RaftOptions, persisted: PersistedState) {
    this.options = options;
    this.log = new Log(persisted.compacted, persisted.entries);
    this.membership = { current: persisted.membership };
    this.hardState = persisted.hardState;
    this.commit = persisted.applied;
    this.applied = persisted.applied;
    this.handedOut = persisted.applied;
    this.durable = this.log.lastIndex;
    this.staging = persisted.staging;
    this.role = { type: 'follower', leader: undefined, electionAtMs: 0, heardAtMs: undefined };
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

  /** Learners follow; only voters may campaign. */
  get isVoter(): boolean {
    return this.membership.current.voters.includes(this.id);
  }

  /** A message that promises nothing about this replica's disk: it leaves at once. */
  send(message: Bare<Message>): void {
    this.#messages.push(this.#seal(message));
  }

  /** A message that may leave only when all that was written so far is durable: votes and acknowledgements. */
  promise(message: Bare<Message>): void {
    this.#promises.push(this.#seal(message));
  }

  setHardState(hardState: HardState): void {
    this.hardState = hardState;
    this.#hardStateChanged = true;
  }

  append(entries: readonly Entry[]): void {
    this.log.append(entries);
    this.#append = [...this.#append, ...entries];
  }

  truncateFrom(index: Index): void {
    this.log.truncateFrom(index, this.commit);
    this.durable = asIndex(Math.min(this.durable, index - 1));
    this.#truncateFrom = asIndex(Math.min(this.#truncateFrom ?? index, index));
    this.#append = this.#append.filter((entry) => entry.index < index);
  }

  compact(through: Index): void {
    this.log.compact(through);
    this.#compactThrough = this.log.compacted;
  }

  /** A received chunk goes to the disk; the last one replaces state and log. */
  install(chunk: InstallChunk): void {
    this.#install = chunk;
    if (!chunk.done) {
      this.staging = { stream: chunk.stream, cursor: chunk.nextCursor };
      return;
    }
    const { snapshot } = chunk;
    this.staging = undefined;
    if (!this.log.contains(snapshot)) {
      this.#truncateFrom = this.log.firstIndex;
      this.durable = asIndex(0);
    }
    this.log.restart(snapshot);
    this.#compactThrough = this.log.compacted;
    this.membership.current = snapshot.membership;
    this.commit = asIndex(Math.max(this.commit, snapshot.index));
    this.applied = snapshot.index;
    this.handedOut = snapshot.index;
  }

  touch(): void {
    this.#touch = true;
  }

  answerRead(id: number, outcome: ReadOutcome): void {
    this.#reads.push({ id, outcome });
  }

  requestChunk(to: ReplicaId, stream: string | undefined, cursor: string): void {
    this.#chunkRequests.push({ to, stream, cursor });
  }

  /** The writes that a confirmation of store `id` makes certain, oldest first. */
  confirmStores(id: number): readonly StoreRecord[] {
    invariant(id <= this.#storeId, `store ${id} is confirmed, but only ${this.#storeId} were asked for`);
    const confirmed = this.#stores.filter((record) => record.id <= id);
    this.#stores = this.#stores.filter((record) => record.id > id);
    return confirmed;
  }

  /** Hands out what the step has gathered and begins anew. */
  takeEffects(roleChanged: boolean): Effects {
    const effects: Effects = {
      messages: this.#messages,
      store: this.#takeStore(),
      promises: this.#promises,
      apply: this.#takeApply(),
      proposal: this.proposal,
      reads: this.#reads,
      chunkRequests: this.#chunkRequests,
      roleChanged,
    };
    this.#messages = [];
    this.#promises = [];
    this.#reads = [];
    this.#chunkRequests = [];
    this.proposal = undefined;
    return effects;
  }

  #seal(message: Bare<Message>): Message {
    return { ...message, from: this.id, term: this.term };
  }

  #takeStore(): Store | undefined {
    const nothing =
      !this.#hardStateChanged &&
      this.#truncateFrom === undefined &&
      this.#append.length === 0 &&
      this.#compactThrough === undefined &&
      this.#install === undefined &&
      !this.#touch;
    if (nothing) return undefined;
    this.#storeId += 1;
    this.#stores.push({
      id: this.#storeId,
      last: this.log.last,
      hardState: this.hardState,
      readRound: this.role.type === 'leader' ? this.role.reads.round : 0,
    });
    const store: Store = {
      id: this.#storeId,
      hardState: this.#hardStateChanged ? this.hardState : undefined,
      truncateFrom: this.#truncateFrom,
      append: this.#append,
      compactThrough: this.#compactThrough,
      install: this.#install,
      touch: this.#touch,
    };
    this.#hardStateChanged = false;
    this.#truncateFrom = undefined;
    this.#append = [];
    this.#compactThrough = undefined;
    this.#install = undefined;
    this.#touch = false;
    return store;
  }

  #takeApply(): readonly Entry[] {
    if (this.applied < this.handedOut || this.commit === this.handedOut) return [];
    const entries = this.log.slice(asIndex(this.handedOut + 1), this.commit, this.options.applyBytesMax);
    this.handedOut = entries.at(-1)?.index ?? this.handedOut;
    return entries;
  }
}
