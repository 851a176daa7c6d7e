/**
 * The bare core behind the interface of lab 3: Start, GetState, Snapshot, Kill, an apply channel and a persister.
 * Carries out `Effects` in their order, with a disk that takes a moment to confirm: what is not confirmed is lost in
 * a crash, and nothing that promises it has left before.
 */

import { decodeMessage, encodeMessage } from '../../src/protocol/index.ts';
import {
  type ChunkRequest,
  DEFAULT_LIMITS,
  type Effects,
  type Index,
  type Input,
  invariant,
  isRequest,
  type Message,
  Raft,
  type ReplicaId,
  type Term,
} from '../../src/raft/index.ts';
import type { Random } from '../sim/random.ts';
import type { Scheduler } from '../sim/scheduler.ts';
import type { ClientEnd, Server } from './network.ts';
import { type Persister, readState, type Snapshot, write } from './persister.ts';

export const RAFT_SERVICE = 'Raft';

/** Exclusive bounds. */
const FLUSH_MS_BOUND = 2;
const APPLY_MS_BOUND = 2;
/** So small that a snapshot of a few rounds of commands takes more than one chunk. */
const CHUNK_BYTES_MAX = 1024;

/** The course's tests count log positions, so a leader must not add entries of its own. */
const OPTIONS = { ...DEFAULT_LIMITS, noopOnElection: false };

export type ApplyMessage =
  | { readonly type: 'command'; readonly index: Index; readonly payload: Uint8Array }
  | { readonly type: 'snapshot'; readonly index: Index; readonly data: Uint8Array };

export interface RaftHostOptions {
  readonly id: ReplicaId;
  /** Rises with each start of this replica. */
  readonly incarnation: number;
  readonly persister: Persister;
  readonly peers: ReadonlyMap<ReplicaId, ClientEnd>;
  /** May call back into the host. */
  readonly apply: (host: RaftHost, message: ApplyMessage) => void;
  readonly becameLeader: (term: Term) => void;
}

interface Stream extends Snapshot {
  readonly name: string;
}

export class RaftHost {
  readonly #options: RaftHostOptions;
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  readonly #raft: Raft;
  /** What the core was told is written, and what a crash leaves of it. */
  #written: Persister;
  #durable: Persister;
  #flushedAtMs = 0;
  #appliedAtMs = 0;
  #wakeAtMs = Number.POSITIVE_INFINITY;
  #isAlive = true;
  #streamCount = 0;
  readonly #streams = new Map<ReplicaId, Stream>();
  #snapshotsSent = 0;

  constructor(options: RaftHostOptions, scheduler: Scheduler, random: Random) {
    this.#options = options;
    this.#scheduler = scheduler;
    this.#random = random;
    this.#written = options.persister;
    this.#durable = options.persister;
    const raftOptions = { ...OPTIONS, id: options.id, random: (bound: number) => random.below(bound) };
    this.#raft = new Raft(raftOptions, readState(options.persister), scheduler.nowMs);
    this.#arm();
  }

  get persister(): Persister {
    return this.#durable;
  }

  /** Snapshots of which the first chunk was sent. */
  get snapshotsSent(): number {
    return this.#snapshotsSent;
  }

  get state(): { readonly term: Term; readonly isLeader: boolean } {
    return { term: this.#raft.status().term, isLeader: this.#raft.role === 'leader' };
  }

  /** Undefined if this server is not the leader. */
  start(payload: Uint8Array): { readonly index: Index; readonly term: Term } | undefined {
    const proposal = this.#step({ type: 'propose', payload })?.proposal;
    return proposal?.type === 'accepted' ? proposal : undefined;
  }

  /** The service has all up to `index` in `data`; the log may forget it. An old snapshot changes nothing. */
  snapshot(index: Index, data: Uint8Array): void {
    if (index <= this.#raft.compacted.index) return;
    this.#step({ type: 'applied', index });
    this.#step({ type: 'compact', through: index }, { snapshot: data });
  }

  kill(): void {
    this.#isAlive = false;
  }

  /** What other servers may call. */
  get service(): Server {
    return {
      [RAFT_SERVICE]: (request, reply) => {
        this.#step({ type: 'message', message: decodeMessage(request) }, { reply });
      },
    };
  }

  /** `reply` answers the call that brought this input; `snapshot` goes to the disk together with what it lets go. */
  #step(
    input: Input,
    context: { readonly reply?: (response: Uint8Array) => void; readonly snapshot?: Uint8Array } = {},
  ): Effects | undefined {
    if (!this.#isAlive) return undefined;
    const effects = this.#raft.step(this.#scheduler.nowMs, input);
    if (effects.roleChanged && this.#raft.role === 'leader') this.#options.becameLeader(this.state.term);
    for (const message of effects.messages) this.#send(message);
    this.#persist(effects, context.snapshot, context.reply);
    this.#deliver(effects);
    for (const request of effects.chunkRequests) this.#serveChunk(request);
    this.#arm();
    return effects;
  }

  #persist(
    { store, promises }: Effects,
    snapshot: Uint8Array | undefined,
    reply: ((response: Uint8Array) => void) | undefined,
  ): void {
    if (store === undefined && promises.length === 0) return;
    if (store !== undefined) this.#written = write(this.#written, store, snapshot);
    const written = this.#written;
    this.#whenFlushed(store !== undefined, () => {
      this.#durable = written;
      for (const promise of promises) {
        if (isRequest(promise)) {
          this.#send(promise);
        } else {
          invariant(reply !== undefined, `a ${promise.type} that nobody has asked for`);
          reply(encodeMessage(promise));
        }
      }
      if (store !== undefined) this.#step({ type: 'stored', id: store.id });
    });
  }

  /** What needs no write of its own still waits for those before it: a promise covers them all. */
  #whenFlushed(isWrite: boolean, run: () => void): void {
    const { nowMs } = this.#scheduler;
    if (isWrite) {
      this.#flushedAtMs = Math.max(this.#flushedAtMs, nowMs + this.#random.below(FLUSH_MS_BOUND));
    }
    this.#scheduler.at(this.#flushedAtMs, () => {
      if (this.#isAlive) run();
    });
  }

  #send(message: Message): void {
    const peer = this.#options.peers.get(message.to);
    invariant(peer !== undefined, `no way to replica ${message.to}`);
    peer.call(RAFT_SERVICE, encodeMessage(message), (reply) => {
      if (reply === undefined) this.#step({ type: 'unreachable', peer: message.to });
      else this.#step({ type: 'message', message: decodeMessage(reply) });
    });
  }

  /** The apply channel: the service takes what comes, in order, but later. */
  #deliver({ store, apply }: Effects): void {
    if (store?.install?.done) {
      const { snapshot } = this.#written;
      invariant(snapshot !== undefined, 'an installed snapshot is on the disk');
      this.#enqueue({ type: 'snapshot', index: snapshot.meta.index, data: snapshot.data });
    }
    for (const { index, payload } of apply) this.#enqueue({ type: 'command', index, payload });
  }

  #enqueue(message: ApplyMessage): void {
    const { nowMs } = this.#scheduler;
    this.#appliedAtMs = Math.max(this.#appliedAtMs, nowMs + this.#random.below(APPLY_MS_BOUND));
    this.#scheduler.at(this.#appliedAtMs, () => {
      if (!this.#isAlive) return;
      this.#options.apply(this, message);
      this.#step({ type: 'applied', index: message.index });
    });
  }

  /** A stream is one snapshot, whole and unchanged: a newer one does not mix with it. */
  #serveChunk({ to, stream, cursor }: ChunkRequest): void {
    const known = this.#streams.get(to);
    const isKnown = stream !== undefined && known?.name === stream;
    const current = isKnown ? known : this.#openStream(to);
    const from = isKnown && cursor !== '' ? Number(cursor) : 0;
    const until = Math.min(from + CHUNK_BYTES_MAX, current.data.byteLength);
    this.#step({
      type: 'snapshot-chunk',
      to,
      snapshot: current.meta,
      stream: current.name,
      cursor: isKnown ? cursor : '',
      nextCursor: String(until),
      data: current.data.slice(from, until),
      done: until === current.data.byteLength,
    });
  }

  #openStream(to: ReplicaId): Stream {
    const { snapshot } = this.#written;
    invariant(snapshot !== undefined, 'nothing was compacted without a snapshot');
    this.#streamCount += 1;
    this.#snapshotsSent += 1;
    const { id, incarnation } = this.#options;
    const stream = { ...snapshot, name: `${id}.${incarnation}.${this.#streamCount}` };
    this.#streams.set(to, stream);
    return stream;
  }

  #arm(): void {
    const deadlineMs = this.#raft.deadline();
    if (this.#wakeAtMs <= deadlineMs) return;
    this.#wakeAtMs = deadlineMs;
    this.#scheduler.at(deadlineMs, () => {
      if (!this.#isAlive || this.#wakeAtMs !== deadlineMs) return;
      this.#wakeAtMs = Number.POSITIVE_INFINITY;
      if (this.#raft.deadline() <= this.#scheduler.nowMs) this.#step({ type: 'tick' });
      else this.#arm();
    });
  }
}
