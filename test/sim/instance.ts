/** One life of one replica: the real `Replica`, with simulated ports, in a process that can stop at any moment. */

import type { Index, Reply, Request } from '../../src/raft/index.ts';
import {
  type Declined,
  type ProposeOutcome,
  type QueryOutcome,
  Replica,
  type ReplicaStatus,
} from '../../src/replica/index.ts';
import {
  answerNeighbour,
  encodeShardCommand,
  type Served,
  type ServingReplica,
  type ShardAnswer,
  type ShardCommand,
  type ShardId,
  type ShardRequest,
  type Work,
  type WrongGroup,
} from '../../src/shard/index.ts';
import { MemoryStorage, type TableReader } from '../../src/storage/index.ts';
import { InstanceClock } from './clock.ts';
import type { Companion, GroupAnswer, GroupQuery, GroupResult } from './group.ts';
import type { Host } from './host.ts';
import { inShort } from './message-in-short.ts';
import type { Address } from './network.ts';
import type { Life } from './observation.ts';
import { ObservedMachine } from './observed-machine.ts';
import { ObservedStorage } from './observed-storage.ts';

export type CommandOutcome =
  | ProposeOutcome<GroupResult>
  /** Without the log. */
  | { readonly type: 'refused'; readonly result: WrongGroup };
export type ReadOutcome = QueryOutcome<GroupAnswer>;
export type NeighbourOutcome = ShardAnswer | Extract<Declined, { type: 'not-leader' }>;

export class Instance {
  /** Where it sends from. A replaced instance may be on another machine than its heir, on another side of a cut. */
  address: Address;
  readonly #host: Host;
  readonly #memory: MemoryStorage;
  readonly #storage: ObservedStorage;
  readonly #replica: Replica<GroupResult, GroupQuery, GroupAnswer>;
  #companion: Companion | undefined;
  #state: 'running' | 'paused' | 'dead' = 'running';
  /** What happened while it was paused. */
  #backlog: (() => void)[] = [];

  constructor(host: Host, random: (bound: number) => number) {
    const { group } = host;
    const { plan } = group;
    this.#host = host;
    this.address = host.id;
    this.#memory = new MemoryStorage(host.disk, {
      schedule: (deliver) => this.#scheduleFlush(deliver),
      supersededWrite: plan.disk.supersededWrite,
    });
    const observe = group.checker.observe.bind(group.checker);
    this.#storage = new ObservedStorage(this.#memory, host.id, observe);
    this.#replica = new Replica({
      options: { raft: { ...plan.raft, id: host.id, random }, limits: plan.limits },
      membership: group.membership,
      stateMachine: new ObservedMachine(group.kind.makeMachine(), (command) =>
        observe({ type: 'executed', life: this.life, command }),
      ),
      storage: this.#storage,
      transport: { send: (request, onReply) => this.#send(request, onReply) },
      clock: new InstanceClock(host.clock, group.scheduler, () => this.#run(() => this.#replica.tick())),
      onRoleChange: () => this.#companion?.roleChanged(),
      onHalt: (error) => this.#halted(error),
    });
    group.trace.note('start', { replica: host.id, incarnation: this.life.incarnation });
    this.#companion = group.kind.accompany(this);
  }

  get life(): Life {
    return this.#storage.life;
  }

  get replica(): Life['replica'] {
    return this.#host.id;
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
      const { checker, trace } = this.#host.group;
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
      const { plan, marks } = this.#host.group;
      const refusal = this.#companion?.refusal(command);
      if (refusal !== undefined) {
        marks.add('refused without the log');
        this.#afterGate(() => respond({ type: 'refused', result: refusal }));
        return;
      }
      if (plan.wakes) this.#replica.wake();
      this.#replica.propose(command, (outcome) => {
        if (outcome.type === 'applied') this.#companion?.answered(command, outcome.result);
        this.#afterGate(() => {
          if (outcome.type === 'applied') this.#acknowledged(command, outcome.index);
          respond(outcome);
        });
      });
    });
  }

  query(query: GroupQuery, respond: (outcome: ReadOutcome) => void): void {
    this.#run(() => {
      const { checker, plan } = this.#host.group;
      const read = this.#host.group.nextRead();
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

  serve(request: ShardRequest, respond: (answer: NeighbourOutcome) => void): void {
    this.#run(() => {
      answerNeighbour(this.#serving(), request, (answer) => {
        const outcome = answer ?? { type: 'not-leader', leader: this.#replica.leader };
        this.#afterGate(() => respond(outcome));
      });
    });
  }

  /** What is to be done to move shards, as this replica knows it. */
  get work(): Work | undefined {
    const outcome = this.#replica.queryLocal({ type: 'work' });
    return outcome.type === 'answered' && isWork(outcome.answer) ? outcome.answer : undefined;
  }

  /** What a command for this shard would be answered by the state of this replica, unless it would be executed. */
  refusal(shard: ShardId): WrongGroup | undefined {
    const outcome = this.#replica.queryLocal({ type: 'refusal', shard });
    return outcome.type === 'answered' && isWrongGroup(outcome.answer) ? outcome.answer : undefined;
  }

  get table(): TableReader {
    return this.#storage.table;
  }

  /** Proposes a command that nobody outside has asked for. */
  drive(command: ShardCommand, done: (applied: boolean) => void): void {
    this.#replica.propose(encodeShardCommand(command), (outcome) =>
      done(outcome.type === 'applied' && outcome.result.type === 'done'),
    );
  }

  /** Later, by the clock of the machine; never, if this life ends before. */
  after(delayMs: number, run: () => void): void {
    const { scheduler } = this.#host.group;
    scheduler.after(this.#host.clock.real(delayMs), () => this.#run(run));
  }

  /** Something from outside has come for this life. */
  arrived(happened: () => void): void {
    this.#run(happened);
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
    const keptTurns = this.#host.group.random.below(pendingTurns + 1);
    this.#memory.crash(keptTurns);
    const lostTurns = pendingTurns - keptTurns;
    this.#host.group.checker.observe({ type: 'crashed', life: this.life, lostTurns });
    this.#end('crash');
  }

  /** The object leaves memory in good order: nothing is lost but what was only in memory. */
  evict(): void {
    if (!this.isAlive) return;
    this.#run(() => this.#replica.stop());
    this.#memory.crash(this.#memory.pendingTurns);
    this.#end('evict');
  }

  #serving(): ServingReplica {
    return {
      isLeader: this.#replica.isLeader,
      serve: (request) => {
        const outcome = this.#replica.queryLocal({ type: 'serve', request });
        return outcome.type === 'answered' && isServed(outcome.answer) ? outcome.answer : undefined;
      },
      propose: (command, done) => {
        if (this.#host.group.plan.wakes) this.#replica.wake();
        this.#replica.propose(encodeShardCommand(command), ({ type }) => done(type === 'applied'));
      },
    };
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
    this.#host.group.checker.observe({ type: 'stepped', life: this.life, status });
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
    if (this.#host.group.plan.disk.gatesMessages) this.#storage.flush(leave);
    else leave();
  }

  #left(message: Request | Reply): void {
    const { checker, trace } = this.#host.group;
    trace.note('send', inShort(message));
    checker.observe({ type: 'sent', life: this.life, message });
  }

  #acknowledged(command: Uint8Array, index: Index): void {
    // An answer may leave in the midst of the event that has committed the entry.
    this.#observeStatus();
    this.#host.group.checker.observe({ type: 'acknowledged', index, command });
  }

  #scheduleFlush(deliver: () => void): void {
    const { plan, scheduler } = this.#host.group;
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
    const { plan, verdict } = this.#host.group;
    const isRefusedWrite = !this.#owns() && plan.disk.supersededWrite === 'throws';
    if (!isRefusedWrite) verdict.fail('halt', `replica ${this.#host.id} stopped: ${String(error)}`);
    this.#host.reset(this, 'halt');
  }

  #end(event: string): void {
    const { checker, trace } = this.#host.group;
    this.#state = 'dead';
    this.#backlog = [];
    trace.note(event, { replica: this.#host.id, incarnation: this.life.incarnation });
    checker.ended(this.life);
  }
}

function isServed(answer: GroupAnswer): answer is Served {
  return 'type' in answer && ['part', 'released', 'not-now', 'first'].includes(answer.type);
}

function isWrongGroup(answer: GroupAnswer): answer is WrongGroup {
  return 'type' in answer && answer.type === 'wrong-group';
}

function isWork(answer: GroupAnswer): answer is Work {
  return 'type' in answer && answer.type === 'work';
}
