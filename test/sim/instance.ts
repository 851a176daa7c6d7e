/** One life of one replica: what is deployed, with simulated ports, in a process that can stop at any moment. */

import type { CallPort } from '../../src/client/index.ts';
import { decodeText } from '../../src/codec/index.ts';
import type { Index, PeerReply, Request } from '../../src/raft/index.ts';
import {
  ANSWERS,
  type OnReply,
  QUESTIONS,
  REPLICA_ANSWER,
  REPLICA_PATHS,
  type ReplicaStatus,
} from '../../src/replica/index.ts';
import type { Work } from '../../src/shard/index.ts';
import { DiskFullError, type TableReader, WriteBehind } from '../../src/storage/index.ts';
import { MemoryStorage } from '../../tools/memory-storage/index.ts';
import { InstanceClock } from './clock.ts';
import type { SimulatedReplica } from './group.ts';
import type { Host } from './host.ts';
import { inShort } from './message-in-short.ts';
import type { Address } from './network.ts';
import type { Life } from './observation.ts';
import { ObservedDisk, ObservedStorage } from './observed-storage.ts';
import { simPort } from './sim-port.ts';

export class Instance {
  /** Where it sends from. A replaced instance may be on another machine than its heir, on another side of a cut. */
  address: Address;
  readonly #host: Host;
  readonly #memory: MemoryStorage;
  readonly #storage: ObservedStorage;
  readonly #clock: InstanceClock;
  readonly #opened: SimulatedReplica;
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
      room: () => host.diskRoom,
    });
    const observe = group.checker.observe.bind(group.checker);
    const disk = new ObservedDisk(this.#memory, host.id, observe);
    this.#storage = new ObservedStorage(new WriteBehind(disk, plan.writeBehind), disk, observe);
    this.#clock = new InstanceClock(host.clock, group.scheduler, () =>
      this.#run(() => this.#opened.replica.tick()),
    );
    this.#opened = group.kind.open({
      parts: {
        options: { raft: { ...plan.raft, id: host.id, random }, limits: plan.limits },
        membership: group.membership,
        storage: this.#storage,
        transport: { send: (request, onReply) => this.#send(request, onReply) },
        clock: this.#clock,
        newDiskId: () => host.newDiskId(),
        onHalt: (error) => this.#halted(error),
        trace: group.trace.proseOf(group.kind.name),
      },
      onExecute: (command, changedBytes) =>
        observe({ type: 'executed', life: this.life, command, changedBytes }),
      instance: this,
    });
    group.trace.note('start', { replica: host.id, incarnation: this.life.incarnation });
  }

  get life(): Life {
    return this.#storage.life;
  }

  get replica(): Life['replica'] {
    return this.#host.id;
  }

  get status(): ReplicaStatus {
    return this.#opened.replica.status();
  }

  get isAlive(): boolean {
    return this.#state !== 'dead';
  }

  get isPaused(): boolean {
    return this.#state === 'paused';
  }

  get isLeader(): boolean {
    return this.isAlive && this.#opened.replica.isLeader;
  }

  /** A request of a peer. `respond` may be called later, or never if this life ends before. */
  receive(request: Request, respond: OnReply): void {
    this.#run(() => {
      const { checker, trace } = this.#host.group;
      trace.mix('receive', { at: this.#host.id, ...inShort(request) });
      checker.observe({ type: 'received', life: this.life, message: request });
      this.#opened.replica.receive(request, (reply, isShort) => {
        if (reply !== undefined) this.#left(reply);
        respond(reply, isShort);
      });
    });
  }

  /** What others than the group ask. `respond` may be called later, or never if this life ends before. */
  ask(path: string, body: Uint8Array, respond: (answer: Uint8Array | undefined) => void): void {
    this.#run(() => {
      const observers = questionsIn(path, body).map((question) => this.#observeQuestion(question));
      this.#opened.server.handle(path, body, (answer) => {
        this.#afterGate(() => {
          for (const [at, each] of answersIn(path, answer).entries()) if (each) observers[at]?.(each);
          respond(answer);
        });
      });
    });
  }

  /** What is to be done to move shards, as this replica knows it. */
  get work(): Work | undefined {
    let work: Work | undefined;
    this.#opened.server.handle(REPLICA_PATHS.work, new Uint8Array(0), (json) => {
      work = json && JSON.parse(decodeText(json)).result;
    });
    return work;
  }

  /** The way of this life to other groups. What comes waits while the process is paused, and is lost when it ends. */
  portFrom(from: Address): CallPort {
    const { clock, group } = this.#host;
    return simPort({
      world: group,
      from,
      random: group.random.fork(),
      clock: this.#clock,
      roughness: (to) => to.group.roughness,
      arrived: (happened) => this.#run(happened),
      real: (durationMs) => clock.real(durationMs),
    });
  }

  get table(): TableReader {
    return this.#storage.table;
  }

  transferLeadership(to: Host['id']): void {
    this.#run(() => this.#opened.replica.transferLeadership(to));
  }

  /** Past the endpoints. Says the type of the answer and, if there is one, of the result. */
  propose(command: Uint8Array, done: (outcome: string) => void): void {
    this.#run(() => {
      this.#opened.replica.propose(command, (answer: { type: string; result?: { type: string } }) => {
        done(answer.result === undefined ? answer.type : `${answer.type} ${answer.result.type}`);
      });
    });
  }

  /** As a new or sleeping group is told to: an election now, if nobody leads. */
  campaign(): void {
    this.#run(() => this.#opened.replica.wake());
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
    this.#run(() => this.#opened.replica.stop());
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
    const status = this.#opened.replica.status();
    this.#host.standing = status.standing;
    this.#host.group.checker.observe({ type: 'stepped', life: this.life, status });
  }

  /** The output gate: what leaves waits for all writes before it. */
  #afterGate(leave: () => void): void {
    if (this.isAlive) this.#storage.flush(leave);
  }

  #send(request: Request, onReply: OnReply): void {
    if (!this.isAlive) return;
    const leave = (): void => {
      this.#left(request);
      this.#host.carry(request, this.address, (reply, isShort) => this.#run(() => onReply(reply, isShort)));
    };
    if (this.#host.group.plan.disk.gatesMessages) this.#storage.flush(leave);
    else leave();
  }

  #left(message: Request | PeerReply): void {
    const { checker, trace } = this.#host.group;
    trace.mix('send', inShort(message));
    checker.observe({ type: 'sent', life: this.life, message });
  }

  /** Returns what takes the answer. */
  #observeQuestion({ path, body }: Question): (answer: Uint8Array) => void {
    const { checker, nextRead } = this.#host.group;
    const read = path === REPLICA_PATHS.query ? nextRead() : undefined;
    if (read !== undefined) checker.observe({ type: 'read-asked', read });
    return (answer) => this.#observeAnswer(path, body, read, answer);
  }

  #observeAnswer(path: string, body: Uint8Array, read: number | undefined, bytes: Uint8Array): void {
    const { checker, marks } = this.#host.group;
    const answer = isAnswered(path) ? REPLICA_ANSWER.decode(bytes) : undefined;
    if (answer?.type === 'storage-full') marks.add('refused for want of room');
    if (answer?.type !== 'done') return;
    if (read !== undefined) checker.observe({ type: 'read-answered', read, index: answer.index });
    if (path !== REPLICA_PATHS.command) return;
    if (answer.index === 0) marks.add('refused without the log');
    else this.#acknowledged(body, answer.index);
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
      // A slow one may end after the faults have: then it comes through, or nothing would ever be calm.
      if (fails && this.#host.group.isSafetyPhase()) this.#host.reset(this, 'failed flush');
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
    const { marks, plan, verdict } = this.#host.group;
    const isRefusedWrite = !this.#owns() && plan.disk.supersededWrite === 'throws';
    const isDiskFull = error instanceof DiskFullError;
    if (isDiskFull) marks.add('stopped by a full disk');
    else if (!isRefusedWrite) verdict.fail('halt', `replica ${this.#host.id} stopped: ${String(error)}`);
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

interface Question {
  readonly path: string;
  readonly body: Uint8Array;
}

function questionsIn(path: string, body: Uint8Array): readonly Question[] {
  return path === REPLICA_PATHS.gathered ? QUESTIONS.decode(body) : [{ path, body }];
}

function answersIn(path: string, answer: Uint8Array | undefined): readonly (Uint8Array | undefined)[] {
  if (answer === undefined || path !== REPLICA_PATHS.gathered) return [answer];
  return ANSWERS.decode(answer).map((each) => (each.type === 'answered' ? each.answer : undefined));
}

function isAnswered(path: string): boolean {
  return path === REPLICA_PATHS.command || path === REPLICA_PATHS.query;
}
