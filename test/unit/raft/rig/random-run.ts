/** A cluster to which the actions of a scenario happen, and which must then come to rest and go on working. */

import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import {
  asIndex,
  asReplicaId,
  type Input,
  invariant,
  isRequest,
  type Message,
  type ReplicaId,
} from '../../../../src/raft/index.ts';
import { Cluster } from './cluster.ts';
import { encodeText } from './disk.ts';
import type { HostFault } from './host.ts';
import type { Action, Scenario } from './scenario.ts';

const HEALING_MS = 10_000;
const ENDURING_MS = 30_000;
const CLIENT_INTERVAL_MS = 500;
const DELIVERIES_PER_TICK_MAX = 200;

/** One cluster, the actions that befall it, and what its clients have been told. */
class RandomRun {
  readonly cluster: Cluster;
  readonly #ids: readonly ReplicaId[];
  readonly #voters: number;
  readonly #random: (bound: number) => number;
  readonly #answered = new Set<number>();
  /** Of these no sender has heard. */
  readonly #dropped: Message[] = [];
  #requests = 0;

  constructor(
    { voters, learners, commandsPerChunk, inflightMessagesMax, messageBytesMax, seed }: Scenario,
    fault?: HostFault,
  ) {
    const generator = xoroshiro128plus(seed);
    const random = (bound: number): number => uniformInt(generator, 0, bound - 1);
    this.#random = random;
    this.#voters = voters;
    this.cluster = new Cluster(
      {
        voters,
        learners,
        commandsPerChunk,
        raft: { inflightMessagesMax, messageBytesMax, random },
        logs: new Map(),
        fault,
      },
      {
        stepped: (_, __, effects) => {
          for (const read of effects.reads) this.#answered.add(read.id);
        },
        confirmed: () => {},
        sent: () => {},
      },
    );
    this.#ids = [...this.cluster.hosts.keys()];
  }

  perform(action: Action): void {
    const { cluster } = this;
    switch (action.type) {
      case 'deliver':
        return cluster.deliver(action.place);
      case 'drop':
        this.#dropped.push(...cluster.network.splice(action.place, 1));
        return;
      case 'fail':
        return this.#fail(cluster.network.splice(action.place, 1));
      case 'fail-late':
        return this.#fail(this.#dropped.splice(action.place, 1));
      case 'duplicate': {
        const message = cluster.network[action.place];
        if (message !== undefined) cluster.arrive(message);
        return;
      }
      case 'deliver-many':
        for (let count = 0; count < action.count; count += 1) cluster.deliver(0);
        return;
      case 'wait':
        return cluster.advance(action.ms, () => {});
      case 'run':
        return cluster.advance(action.ms, () => cluster.stabilize());
      case 'run-noisily':
        return cluster.advance(action.ms, () => this.#deliverSome());
      case 'propose-at-leaders':
        for (const leader of this.#leaders()) this.propose(leader);
        return;
      case 'read-at-leaders':
        for (const leader of this.#leaders()) this.read(leader);
        return;
      case 'heal':
        return cluster.heal();
      case 'cut':
        return cluster.cut(this.#id(action.id), this.#id(action.to));
      case 'propose':
        return this.propose(this.#id(action.id));
      case 'read':
        this.read(this.#id(action.id));
        return;
      case 'campaign':
        return this.#step(this.#id(action.id), { type: 'campaign' });
      case 'compact':
        return this.#compact(this.#id(action.id));
      case 'crash':
        return this.#restart(this.#id(action.id));
      case 'isolate':
        return this.#isolate(this.#id(action.id));
      case 'hold-store':
        cluster.host(this.#id(action.id)).isStoring = false;
        return;
      case 'release-store':
        cluster.host(this.#id(action.id)).isStoring = true;
        return cluster.host(this.#id(action.id)).confirm(cluster.nowMs);
      case 'confirm':
        return cluster.host(this.#id(action.id)).confirm(cluster.nowMs, 1);
      case 'forget-streams':
        return cluster.host(this.#id(action.id)).forgetStreams();
      case 'transfer':
        return this.#step(this.#id(action.id), { type: 'transfer', to: this.#id(action.to) });
    }
  }

  propose(to: ReplicaId): void {
    this.#requests += 1;
    this.#step(to, { type: 'propose', payload: encodeText(`c${this.#requests}`) });
  }

  read(from: ReplicaId): number {
    this.#requests += 1;
    this.#step(from, { type: 'read', id: this.#requests });
    return this.#requests;
  }

  /**
   * Lets time pass while one message of five is lost and the others come in any order, with one voter down if the group
   * can spare it. The rest must go on committing and answering reads.
   */
  endure(): void {
    const { cluster } = this;
    this.#endPartitions();
    const spare = this.#voters > 2 ? this.#ids[0] : undefined;
    if (spare !== undefined) cluster.host(spare).crash();
    const committed = cluster.safety.committed;
    const answered = this.#answered.size;
    for (let passedMs = 0; passedMs < ENDURING_MS; passedMs += CLIENT_INTERVAL_MS) {
      cluster.advance(CLIENT_INTERVAL_MS, () => this.#deliverSome());
      for (const leader of this.#leaders()) {
        this.propose(leader);
        this.read(leader);
      }
    }
    invariant(cluster.safety.committed > committed, 'nothing is committed while messages are lost');
    invariant(this.#answered.size > answered, 'no read is answered while messages are lost');
    if (spare !== undefined) cluster.host(spare).start(cluster.nowMs);
  }

  /** Ends all faults, then lets time pass: every replica must reach the same log and the same state. */
  heal(): void {
    const { cluster } = this;
    this.#endPartitions();
    this.#settle();
    const leader = this.#leader();
    const committed = cluster.safety.committed;
    this.propose(leader);
    const readId = this.read(leader);
    this.#settle();
    invariant(this.#leader() === leader, 'the leader changed although nothing was wrong');
    invariant(cluster.safety.committed === committed + 1, 'the proposal was not committed');
    invariant(this.#answered.has(readId), 'the read was not answered');
    for (const { id, raft, written } of cluster.hosts.values()) {
      const status = raft?.status();
      invariant(status?.leader === leader, `replica ${id} follows ${status?.leader}`);
      invariant(status.commit === committed + 1, `replica ${id} knows only ${status.commit} to be committed`);
      invariant(written.applied === committed + 1, `replica ${id} applied only up to ${written.applied}`);
    }
  }

  #endPartitions(): void {
    this.cluster.heal();
    for (const host of this.cluster.hosts.values()) {
      host.isStoring = true;
      host.confirm(this.cluster.nowMs);
    }
  }

  #deliverSome(): void {
    const { cluster } = this;
    for (let count = 0; cluster.network.length > 0 && count < DELIVERIES_PER_TICK_MAX; count += 1) {
      const place = this.#random(cluster.network.length);
      if (this.#random(5) === 0) this.#lose(place);
      else cluster.deliver(place);
    }
  }

  #settle(): void {
    this.cluster.stabilize();
    this.cluster.advance(HEALING_MS, () => this.cluster.stabilize());
  }

  #leaders(): readonly ReplicaId[] {
    return this.#ids.filter((id) => this.cluster.host(id).raft?.role === 'leader');
  }

  #leader(): ReplicaId {
    const leaders = this.#leaders();
    const [leader] = leaders;
    invariant(leader !== undefined && leaders.length === 1, `${leaders.length} leaders at the end`);
    return leader;
  }

  #id(at: number): ReplicaId {
    return asReplicaId((at % this.#ids.length) + 1);
  }

  #step(to: ReplicaId, input: Input): void {
    this.cluster.step(to, input);
  }

  /** Half of what is lost is reported at once. */
  #lose(place: number): void {
    this.perform({ type: this.#random(2) === 0 ? 'fail' : 'drop', place });
  }

  /** The senders hear from their transports that there will be no answer. */
  #fail(messages: readonly Message[]): void {
    for (const message of messages)
      if (isRequest(message)) this.#step(message.from, { type: 'lost', message });
  }

  #compact(id: ReplicaId): void {
    const applied = this.cluster.host(id).raft?.status().applied ?? asIndex(0);
    this.#step(id, { type: 'compact', through: applied });
  }

  #restart(id: ReplicaId): void {
    const host = this.cluster.host(id);
    host.crash();
    host.start(this.cluster.nowMs);
  }

  /** One at a time, or soon nobody would hear anybody. */
  #isolate(id: ReplicaId): void {
    this.cluster.heal();
    for (const other of this.#ids) {
      if (other === id) continue;
      this.cluster.cut(id, other);
      this.cluster.cut(other, id);
    }
  }
}

/** Safety in all that happens, then liveness with all faults over. Throws when a property does not hold. */
export function survive(scenario: Scenario, fault?: HostFault): void {
  const run = new RandomRun(scenario, fault);
  for (const action of scenario.actions) run.perform(action);
  run.heal();
}

/** As above, but the network stays bad for a while before it is healed. */
export function goOn(scenario: Scenario): void {
  const run = new RandomRun(scenario);
  for (const action of scenario.actions) run.perform(action);
  run.endure();
  run.heal();
}
