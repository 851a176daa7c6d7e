/** A cluster in one process: replicas, the messages between them, and a clock that moves when it is told to. */

import {
  asIndex,
  asReplicaId,
  asTerm,
  DEFAULT_LIMITS,
  type Effects,
  type Entry,
  freshState,
  type Input,
  invariant,
  Membership,
  type Message,
  type RaftOptions,
  type ReplicaId,
} from '../../../../src/raft/index.ts';
import { type Disk, encodeText } from './disk.ts';
import { Host, type HostFault } from './host.ts';
import { Safety } from './safety.ts';

const DELIVERIES_MAX = 20_000;
const JITTER_PER_REPLICA_MS = 10;

export interface ClusterOptions {
  readonly voters: number;
  readonly learners: number;
  readonly commandsPerChunk: number;
  readonly raft: Partial<RaftOptions>;
  /** The terms of the entries that a replica starts with, and its own term if that is a later one. */
  readonly logs: ReadonlyMap<number, { readonly entryTerms: readonly number[]; readonly term: number }>;
  readonly fault: HostFault | undefined;
}

/** Sees all that happens; the golden scripts print it. */
export interface Observer {
  stepped(id: ReplicaId, input: Input, effects: Effects, isStoring: boolean): void;
  confirmed(id: ReplicaId, storeId: number): void;
  sent(message: Message, fate: 'sent' | 'lost' | 'lost on the way'): void;
}

export class Cluster {
  readonly hosts: ReadonlyMap<ReplicaId, Host>;
  readonly safety = new Safety();
  /** Messages that were sent and have not arrived, oldest first. */
  network: Message[] = [];
  nowMs = 0;

  readonly #observer: Observer;
  readonly #voters: readonly ReplicaId[];
  readonly #cut = new Set<string>();

  constructor(options: ClusterOptions, observer: Observer) {
    this.#observer = observer;
    const ids = Array.from({ length: options.voters + options.learners }, (_, at) => asReplicaId(at + 1));
    const membership = Membership.of(ids.slice(0, options.voters), ids.slice(options.voters));
    this.#voters = membership.voters;
    this.hosts = new Map(ids.map((id) => [id, this.#createHost(id, membership, options)]));
    for (const host of this.hosts.values()) host.start(this.nowMs);
  }

  host(id: ReplicaId): Host {
    const host = this.hosts.get(id);
    invariant(host !== undefined, `there is no replica ${id}`);
    return host;
  }

  step(id: ReplicaId, input: Input): void {
    if (input.type === 'read') this.safety.readRequested(input.id);
    this.host(id).step(this.nowMs, input);
  }

  /** Delivers messages, and those that they lead to, until none is left. */
  stabilize(): void {
    for (let deliveries = 0; this.network.length > 0; deliveries += 1) {
      invariant(deliveries < DELIVERIES_MAX, 'the cluster does not come to rest');
      this.deliver(0);
    }
  }

  /** Delivers the message at this place of the network. */
  deliver(place: number): void {
    const [message] = this.network.splice(place, 1);
    if (message !== undefined) this.arrive(message);
  }

  arrive(message: Message): void {
    if (this.isCut(message.from, message.to) || this.host(message.to).raft === undefined) {
      this.#observer.sent(message, 'lost on the way');
      return;
    }
    this.step(message.to, { type: 'message', message });
  }

  /** Time passes; every replica gets its ticks when they are due. */
  advance(ms: number, between: () => void): void {
    const endMs = this.nowMs + ms;
    for (;;) {
      const dueMs = Math.min(...[...this.hosts.values()].map((host) => host.raft?.deadline() ?? Infinity));
      if (dueMs > endMs) break;
      this.nowMs = Math.max(this.nowMs, dueMs);
      this.tickAll();
      between();
    }
    this.nowMs = endMs;
  }

  tickAll(): void {
    for (const { id, raft } of this.hosts.values()) {
      if (raft === undefined || raft.deadline() > this.nowMs) continue;
      this.step(id, { type: 'tick' });
      invariant(raft.deadline() > this.nowMs, `replica ${id} wants the same tick again`);
    }
  }

  cut(from: ReplicaId, to: ReplicaId): void {
    this.#cut.add(`${from}-${to}`);
  }

  isCut(from: ReplicaId, to: ReplicaId): boolean {
    return this.#cut.has(`${from}-${to}`);
  }

  heal(): void {
    this.#cut.clear();
  }

  #createHost(id: ReplicaId, membership: Membership, options: ClusterOptions): Host {
    const raftOptions: RaftOptions = {
      ...DEFAULT_LIMITS,
      random: (bound) => ((id - 1) * JITTER_PER_REPLICA_MS) % bound,
      ...options.raft,
      id,
    };
    const events = {
      stepped: (host: Host, input: Input, effects: Effects) => this.#stepped(host, input, effects),
      sent: (_: Host, message: Message) => this.#sent(message),
      confirmed: (host: Host, storeId: number) => this.#confirmed(host, storeId),
    };
    return new Host(raftOptions, initialDisk(membership, options.logs.get(id)), events, options);
  }

  #stepped(host: Host, input: Input, effects: Effects): void {
    this.#observer.stepped(host.id, input, effects, host.isStoring);
    this.safety.check(host, this.#voterDisks());
    for (const { id, outcome } of effects.reads) {
      if (outcome.type === 'ready') this.safety.readAnswered(id, outcome.index);
    }
  }

  #confirmed(host: Host, storeId: number): void {
    if (!host.isStoring) this.#observer.confirmed(host.id, storeId);
  }

  #sent(message: Message): void {
    const lost = this.isCut(message.from, message.to);
    this.#observer.sent(message, lost ? 'lost' : 'sent');
    if (!lost) this.network.push(message);
  }

  #voterDisks(): readonly Disk[] {
    return this.#voters.map((id) => this.host(id).disk);
  }
}

function initialDisk(
  membership: Membership,
  log: { readonly entryTerms: readonly number[]; readonly term: number } | undefined,
): Disk {
  const entryTerms = log?.entryTerms ?? [];
  const entries: readonly Entry[] = entryTerms.map((term, at) => ({
    index: asIndex(at + 1),
    term: asTerm(term),
    kind: 'command',
    payload: encodeText(`${at + 1}@${term}`),
  }));
  const hardState = { term: asTerm(log?.term ?? 0), votedFor: undefined };
  return {
    ...freshState(membership),
    hardState,
    entries,
    commands: [],
    staged: [],
  };
}
