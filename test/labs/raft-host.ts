/**
 * The bare core behind the interface of lab 3: Start, GetState, Snapshot, Kill, an apply channel and a disk. Carries
 * out `Effects` in their order: what the disk has not confirmed, nothing that promises it has left.
 */

import {
  type ChunkRequest,
  DEFAULT_LIMITS,
  type Effects,
  type Index,
  type Input,
  invariant,
  isRequest,
  Raft,
  type ReplicaId,
  type Request,
  type Term,
} from '../../src/raft/index.ts';
import { MESSAGE } from '../../src/replica/index.ts';
import type { Random } from '../sim/random.ts';
import type { ClientEnd, Handler } from './network.ts';
import type { RaftDisk, ServiceSnapshot } from './raft-disk.ts';
import type { Timeline } from './timeline.ts';

export const RAFT_SERVICE = 'Raft';

/** Exclusive. */
const APPLY_MS_BOUND = 2;

/** The course's tests count log positions, so a leader must not add entries of its own. */
const OPTIONS = { ...DEFAULT_LIMITS, noopOnElection: false };

export type ApplyMessage =
  | { readonly type: 'command'; readonly index: Index; readonly payload: Uint8Array }
  | { readonly type: 'snapshot'; readonly index: Index; readonly data: Uint8Array };

export interface RaftHostOptions {
  readonly id: ReplicaId;
  readonly peers: ReadonlyMap<ReplicaId, ClientEnd>;
  readonly random: Random;
  /** The service begins with this snapshot. */
  readonly restart: (snapshot: ServiceSnapshot | undefined) => void;
  /** Returns a snapshot if the service makes one after this message. */
  readonly apply: (message: ApplyMessage) => Uint8Array | undefined;
  readonly becameLeader: (term: Term) => void;
}

export class RaftHost {
  readonly #options: RaftHostOptions;
  readonly #disk: RaftDisk;
  readonly #timeline: Timeline;
  readonly #raft: Raft;
  readonly #channel: ApplyMessage[] = [];
  #appliedAtMs = 0;
  #wakeAtMs = Number.POSITIVE_INFINITY;
  #isAlive = true;
  #snapshotsSent = 0;

  constructor(options: RaftHostOptions, disk: RaftDisk, timeline: Timeline) {
    this.#options = options;
    this.#disk = disk;
    this.#timeline = timeline;
    const random = (bound: number) => options.random.below(bound);
    this.#raft = new Raft({ ...OPTIONS, id: options.id, random }, disk.state, timeline.nowMs);
    options.restart(disk.snapshot);
    this.#arm();
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
  #snapshot(index: Index, data: Uint8Array): void {
    if (index <= this.#raft.compacted.index) return;
    this.#step({ type: 'compact', through: index }, { snapshot: data });
  }

  kill(): void {
    this.#isAlive = false;
  }

  /** What other servers may call. */
  readonly handle: Handler = (request, reply) => {
    this.#step({ type: 'message', message: MESSAGE.decode(request) }, { reply });
  };

  /** `reply` answers the call that brought this input; `snapshot` goes to the disk together with what it lets go. */
  #step(
    input: Input,
    context: { readonly reply?: (response: Uint8Array) => void; readonly snapshot?: Uint8Array } = {},
  ): Effects | undefined {
    if (!this.#isAlive) return undefined;
    const effects = this.#raft.step(this.#timeline.nowMs, input);
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
    if (store !== undefined) this.#disk.write(store, snapshot);
    this.#disk.flush(() => {
      if (!this.#isAlive) return;
      for (const promise of promises) {
        if (isRequest(promise)) {
          this.#send(promise);
        } else {
          invariant(reply !== undefined, `a ${promise.type} that nobody has asked for`);
          reply(MESSAGE.encode(promise));
        }
      }
      if (store !== undefined) this.#step({ type: 'stored', id: store.id });
    });
  }

  #send(message: Request): void {
    const peer = this.#options.peers.get(message.to);
    invariant(peer !== undefined, `no way to replica ${message.to}`);
    peer.call(RAFT_SERVICE, MESSAGE.encode(message), (reply) => {
      if (reply === undefined) this.#step({ type: 'lost', message });
      else this.#step({ type: 'message', message: MESSAGE.decode(reply) });
    });
  }

  /** The apply channel: the service takes what comes, in order, but later. */
  #deliver({ store, apply }: Effects): void {
    if (store?.install?.done) {
      const { snapshot } = this.#disk;
      invariant(snapshot !== undefined, 'an installed snapshot is on the disk');
      this.#enqueue({ type: 'snapshot', ...snapshot });
    }
    for (const { index, payload } of apply) this.#enqueue({ type: 'command', index, payload });
  }

  /** Real timers of one millisecond may overtake each other; messages must not. */
  #enqueue(message: ApplyMessage): void {
    const { nowMs } = this.#timeline;
    this.#appliedAtMs = Math.max(this.#appliedAtMs, nowMs + this.#options.random.below(APPLY_MS_BOUND));
    this.#channel.push(message);
    this.#timeline.at(this.#appliedAtMs, () => {
      const next = this.#channel.shift();
      if (this.#isAlive && next !== undefined) this.#apply(next);
    });
  }

  #apply(message: ApplyMessage): void {
    const snapshot = this.#options.apply(message);
    this.#step({ type: 'applied', index: message.index });
    if (snapshot !== undefined) this.#snapshot(message.index, snapshot);
  }

  #serveChunk(request: ChunkRequest): void {
    const chunk = this.#disk.readChunk(request, this.#raft.compacted.index, this.#timeline.nowMs);
    if (chunk.cursor === '') this.#snapshotsSent += 1;
    this.#step({ type: 'snapshot-chunk', to: request.to, chunk });
  }

  #arm(): void {
    const deadlineMs = this.#raft.deadline();
    if (this.#wakeAtMs <= deadlineMs) return;
    this.#wakeAtMs = deadlineMs;
    this.#timeline.at(deadlineMs, () => {
      if (!this.#isAlive || this.#wakeAtMs !== deadlineMs) return;
      this.#wakeAtMs = Number.POSITIVE_INFINITY;
      if (this.#raft.deadline() <= this.#timeline.nowMs) this.#step({ type: 'tick' });
      else this.#arm();
    });
  }
}
