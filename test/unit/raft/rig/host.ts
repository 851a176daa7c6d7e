/** Runs one core as the contract of `Effects` says, with a disk whose confirmations can be held back. */

import {
  type ChunkRequest,
  type Effects,
  type Input,
  type Message,
  Raft,
  type RaftOptions,
  type ReplicaId,
  type SnapshotMeta,
} from '../../../../src/raft/index.ts';
import { type Disk, encodeCommands, snapshotOf, type Transaction, write } from './disk.ts';

/** What a host tells the cluster that it lives in. */
export interface HostEvents {
  stepped(host: Host, input: Input, effects: Effects): void;
  sent(host: Host, message: Message): void;
  confirmed(host: Host, storeId: number): void;
}

/** Ways to build the host wrongly, to see that the checks find out. */
export type HostFault = 'promises-overtake-writes' | 'confirms-before-writing' | 'forgets-hard-state';

interface Pending extends Transaction {
  readonly promises: readonly Message[];
}

interface Stream {
  readonly snapshot: SnapshotMeta;
  readonly commands: readonly string[];
}

export class Host {
  readonly id: ReplicaId;
  /** What a crash leaves. */
  disk: Disk;
  /** What the disk will hold once all writes are confirmed: what the host reads. */
  written: Disk;
  raft: Raft | undefined;
  /** Whether writes are confirmed at once. */
  isStoring = true;

  readonly #options: RaftOptions;
  readonly #events: HostEvents;
  readonly #commandsPerChunk: number;
  readonly #fault: HostFault | undefined;
  #pending: Pending[] = [];
  #streams = new Map<string, Stream>();
  #streamCount = 0;

  constructor(
    options: RaftOptions,
    disk: Disk,
    events: HostEvents,
    { commandsPerChunk, fault }: { readonly commandsPerChunk: number; readonly fault: HostFault | undefined },
  ) {
    this.id = options.id;
    this.#options = options;
    this.disk = disk;
    this.written = disk;
    this.#events = events;
    this.#commandsPerChunk = commandsPerChunk;
    this.#fault = fault;
  }

  start(nowMs: number): void {
    this.raft = new Raft(this.#options, this.disk, nowMs);
    this.written = this.disk;
  }

  crash(): void {
    this.raft = undefined;
    this.#pending = [];
    this.#streams.clear();
  }

  step(nowMs: number, input: Input): void {
    const { raft } = this;
    if (raft === undefined) return;
    const effects = raft.step(nowMs, input);
    const transaction = { store: effects.store, apply: effects.apply, promises: effects.promises };
    this.written = write(this.written, transaction);
    this.#events.stepped(this, input, effects);
    for (const message of effects.messages) this.#events.sent(this, message);
    this.#persist(nowMs, transaction);
    for (const request of effects.chunkRequests) this.#serveChunk(nowMs, request);
    const applied = effects.apply.at(-1)?.index;
    if (applied !== undefined) this.step(nowMs, { type: 'applied', index: applied });
  }

  /** Writes and confirms what was held back, oldest first. */
  confirm(nowMs: number, countMax = Number.POSITIVE_INFINITY): void {
    for (let count = 0; count < countMax; count += 1) {
      const next = this.#pending.shift();
      if (next === undefined) return;
      this.#write(nowMs, next);
    }
  }

  get hasPending(): boolean {
    return this.#pending.length > 0;
  }

  forgetStreams(): void {
    this.#streams.clear();
  }

  #persist(nowMs: number, transaction: Pending): void {
    const { store, apply, promises } = transaction;
    if (this.#fault === 'promises-overtake-writes') {
      for (const message of promises) this.#events.sent(this, message);
      return this.#hold(nowMs, { store, apply, promises: [] });
    }
    if (this.#fault === 'confirms-before-writing' && store !== undefined && !this.isStoring) {
      this.#hold(nowMs, transaction);
      return this.step(nowMs, { type: 'stored', id: store.id });
    }
    this.#hold(nowMs, transaction);
  }

  /** Also what needs no write waits its turn: a promise covers all that was written before it. */
  #hold(nowMs: number, transaction: Pending): void {
    this.#pending.push(transaction);
    if (this.isStoring) this.confirm(nowMs);
  }

  #write(nowMs: number, { store, apply, promises }: Pending): void {
    const forgets = this.#fault === 'forgets-hard-state' && store !== undefined;
    this.disk = write(this.disk, { store: forgets ? { ...store, hardState: undefined } : store, apply });
    for (const message of promises) this.#events.sent(this, message);
    if (store === undefined) return;
    this.#events.confirmed(this, store.id);
    this.step(nowMs, { type: 'stored', id: store.id });
  }

  #serveChunk(nowMs: number, request: ChunkRequest): void {
    const { stream, cursor, frozen } = this.#streamFor(request);
    const start = cursor === '' ? 0 : Number(cursor);
    const end = Math.min(start + this.#commandsPerChunk, frozen.commands.length);
    const chunk = {
      snapshot: frozen.snapshot,
      stream,
      cursor,
      nextCursor: String(end),
      data: encodeCommands(frozen.commands.slice(start, end)),
      done: end === frozen.commands.length,
    };
    this.step(nowMs, { type: 'snapshot-chunk', to: request.to, chunk });
  }

  /** A stream that is gone is replaced by a new one, from the beginning. */
  #streamFor({ stream, cursor }: ChunkRequest): { stream: string; cursor: string; frozen: Stream } {
    const known = stream === undefined ? undefined : this.#streams.get(stream);
    if (stream !== undefined && known !== undefined) return { stream, cursor, frozen: known };
    this.#streamCount += 1;
    const fresh = `${this.id}.${this.#streamCount}`;
    const frozen = { snapshot: snapshotOf(this.written), commands: this.written.commands };
    this.#streams.set(fresh, frozen);
    return { stream: fresh, cursor: '', frozen };
  }
}
