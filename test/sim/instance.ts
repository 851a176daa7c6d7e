/** One life of one replica: the real `Replica`, with simulated ports, in a process that can stop at any moment. */

import type { CommandResult, Query, QueryResult } from '../../src/kv/index.ts';
import type { Index, Reply, Request } from '../../src/raft/index.ts';
import {
  type ProposeOutcome,
  type QueryOutcome,
  Replica,
  type ReplicaStatus,
} from '../../src/replica/index.ts';
import { createShardOf, StoreStateMachine } from '../../src/shard/index.ts';
import { MemoryStorage } from '../../src/storage/index.ts';
import { InstanceClock } from './clock.ts';
import type { Host } from './host.ts';
import type { Address } from './network.ts';
import type { Life } from './observation.ts';
import { ObservedMachine } from './observed-machine.ts';
import { ObservedStorage } from './observed-storage.ts';

export type CommandOutcome = ProposeOutcome<CommandResult>;
export type ReadOutcome = QueryOutcome<QueryResult>;

export class Instance {
  /** Where it sends from. A replaced instance may be on another machine than its heir, on another side of a cut. */
  address: Address;
  readonly #host: Host;
  readonly #memory: MemoryStorage;
  readonly #storage: ObservedStorage;
  readonly #replica: Replica<CommandResult, Query, QueryResult>;
  #state: 'running' | 'paused' | 'dead' = 'running';
  /** What happened while it was paused. */
  #backlog: (() => void)[] = [];

  constructor(host: Host, random: (bound: number) => number) {
    const { world } = host;
    const { plan } = world;
    this.#host = host;
    this.address = host.id;
    this.#memory = new MemoryStorage(host.disk, {
      schedule: (deliver) => this.#scheduleFlush(deliver),
      supersededWrite: plan.disk.supersededWrite,
    });
    const observe = world.checker.observe.bind(world.checker);
    this.#storage = new ObservedStorage(this.#memory, host.id, observe);
    const machine = new StoreStateMachine(createShardOf(plan.clients.shards), plan.kv);
    this.#replica = new Replica({
      options: { raft: { ...plan.raft, id: host.id, random }, limits: plan.limits },
      membership: world.membership,
      stateMachine: new ObservedMachine(machine, (command) =>
        observe({ type: 'executed', life: this.life, command }),
      ),
      storage: this.#storage,
      transport: { send: (request, onReply) => this.#send(request, onReply) },
      clock: new InstanceClock(host.clock, world.scheduler, () => this.#run(() => this.#replica.tick())),
      onHalt: (error) => this.#halted(error),
    });
    world.trace.note('start', { replica: host.id, incarnation: this.life.incarnation });
  }

  get life(): Life {
    return this.#storage.life;
  }

  get status(): ReplicaStatus {
    return this.#replica.status();
  }

  get isAlive(): boolean {
    return this.#state !== 'dead';
  }

  get isPaused(): boolean {
    return this.#state === 'paused';
  }

  get isLeader(): boolean {
    return this.isAlive && this.#replica.isLeader;
  }

  /** A request of a peer. `respond` may be called later, or never if this life ends before. */
  receive(request: Request, respond: (reply: Reply | undefined) => void): void {
    this.#run(() => {
      const { checker, trace } = this.#host.world;
      trace.note('receive', { at: this.#host.id, ...inShort(request) });
      checker.observe({ type: 'received', life: this.life, message: request });
      this.#replica.receive(request, (reply) => {
        if (reply !== undefined) this.#left(reply);
        respond(reply);
      });
    });
  }

  propose(command: Uint8Array, respond: (outcome: CommandOutcome) => void): void {
    this.#run(() => {
      if (this.#host.world.plan.wakes) this.#replica.wake();
      this.#replica.propose(command, (outcome) => {
        this.#afterGate(() => {
          if (outcome.type === 'applied') this.#acknowledged(command, outcome.index);
          respond(outcome);
        });
      });
    });
  }

  query(query: Query, respond: (outcome: ReadOutcome) => void): void {
    this.#run(() => {
      const { checker, plan } = this.#host.world;
      const read = this.#host.world.nextRead();
      checker.observe({ type: 'read-asked', read });
      if (plan.wakes) this.#replica.wake();
      this.#replica.query(query, (outcome) => {
        this.#afterGate(() => {
          if (outcome.type === 'answered') {
            checker.observe({ type: 'read-answered', read, index: outcome.index });
          }
          respond(outcome);
        });
      });
    });
  }

  transferLeadership(to: Host['id']): void {
    this.#run(() => this.#replica.transferLeadership(to));
  }

  /** As a new or sleeping group is told to: an election now, if nobody leads. */
  campaign(): void {
    this.#run(() => this.#replica.wake());
  }

  pause(): void {
    if (this.#state === 'running') this.#state = 'paused';
  }

  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'running';
    for (const happened of this.#backlog.splice(0)) this.#run(happened);
  }

  /** The process dies. Of what it wrote and did not flush, some may have reached the disk. */
  crash(): void {
    if (!this.isAlive) return;
    const { pendingTurns } = this.#memory;
    const keptTurns = this.#host.world.random.below(pendingTurns + 1);
    this.#memory.crash(keptTurns);
    const lostTurns = pendingTurns - keptTurns;
    this.#host.world.checker.observe({ type: 'crashed', life: this.life, lostTurns });
    this.#end('crash');
  }

  /** The object leaves memory in good order: nothing is lost but what was only in memory. */
  evict(): void {
    if (!this.isAlive) return;
    this.#run(() => this.#replica.stop());
    this.#memory.crash(this.#memory.pendingTurns);
    this.#end('evict');
  }

  #run(event: () => void): void {
    if (this.#state === 'dead') return;
    if (this.#state === 'paused') {
      this.#backlog.push(event);
      return;
    }
    event();
    this.#observeStatus();
  }

  #observeStatus(): void {
    if (!this.isAlive) return;
    const status = this.#replica.status();
    this.#host.world.checker.observe({ type: 'stepped', life: this.life, status });
  }

  /** The output gate: what leaves waits for all writes before it. */
  #afterGate(leave: () => void): void {
    if (this.isAlive) this.#storage.flush(leave);
  }

  #send(request: Request, onReply: (reply: Reply | undefined) => void): void {
    if (!this.isAlive) return;
    const leave = (): void => {
      this.#left(request);
      this.#host.carry(request, this.address, (reply) => this.#run(() => onReply(reply)));
    };
    if (this.#host.world.plan.disk.gatesMessages) this.#storage.flush(leave);
    else leave();
  }

  #left(message: Request | Reply): void {
    const { checker, trace } = this.#host.world;
    trace.note('send', inShort(message));
    checker.observe({ type: 'sent', life: this.life, message });
  }

  #acknowledged(command: Uint8Array, index: Index): void {
    // An answer may leave in the midst of the event that has committed the entry.
    this.#observeStatus();
    this.#host.world.checker.observe({ type: 'acknowledged', index, command });
  }

  #scheduleFlush(deliver: () => void): void {
    const { plan, scheduler } = this.#host.world;
    const { delayMs, fails } = this.#host.nextFlush();
    const isAtOnce = delayMs === 0 && !fails && plan.disk.isSynchronous && this.#owns();
    if (isAtOnce || this.#memory.pendingTurns === 0) {
      deliver();
      return;
    }
    scheduler.after(delayMs, () => {
      if (!this.isAlive) return;
      if (fails) this.#host.reset(this, 'failed flush');
      else this.#run(deliver);
      // A write of an instance that was replaced is refused, which resets it.
      if (this.isAlive && !this.#owns() && this.#memory.pendingTurns > 0)
        this.#host.reset(this, 'superseded');
    });
  }

  #owns(): boolean {
    return this.#host.disk.isOwnedBy(this.#memory);
  }

  #halted(error: unknown): void {
    const { checker, plan } = this.#host.world;
    const isRefusedWrite = !this.#owns() && plan.disk.supersededWrite === 'throws';
    if (!isRefusedWrite) checker.fail('halt', `replica ${this.#host.id} stopped: ${String(error)}`);
    this.#host.reset(this, 'halt');
  }

  #end(event: string): void {
    const { checker, trace } = this.#host.world;
    this.#state = 'dead';
    this.#backlog = [];
    trace.note(event, { replica: this.#host.id, incarnation: this.life.incarnation });
    checker.ended(this.life);
  }
}

function inShort(message: Request | Reply) {
  const { type, from, to, term } = message;
  const brief = { type, from, to, term };
  switch (message.type) {
    case 'append-request': {
      const { previous, entries, commit } = message;
      return { ...brief, previous: previous.index, entries: entries.length, commit };
    }
    case 'append-reply':
      return { ...brief, result: message.result.type };
    case 'vote-reply':
    case 'pre-vote-reply':
      return { ...brief, granted: message.granted };
    case 'snapshot-request':
      return {
        ...brief,
        index: message.snapshot.index,
        stream: message.stream,
        cursor: message.cursor,
        done: message.done,
      };
    case 'snapshot-reply':
      return { ...brief, stream: message.stream, answers: message.answers, result: message.result.type };
    case 'pre-vote-request':
    case 'vote-request':
    case 'timeout-now':
      return brief;
  }
}
