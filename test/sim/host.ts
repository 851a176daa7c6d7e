/**
 * One object of the platform: a disk, a clock, and at most one instance that the platform knows of. For a while there
 * may be another that was replaced and does not know it (a zombie): its timers run, its own calls get their replies,
 * and some callers still reach it.
 */

import {
  asDiskId,
  type DiskId,
  type PeerReply,
  type ReplicaId,
  type Request,
  type Standing,
} from '../../src/raft/index.ts';
import type { OnReply } from '../../src/replica/index.ts';
import { DamagedDiskError } from '../../src/storage/index.ts';
import { refusingServer, type Server } from '../../src/store/index.ts';
import { MemoryDisk } from '../../tools/memory-storage/index.ts';
import { HostClock } from './clock.ts';
import type { Group } from './group.ts';
import { Instance } from './instance.ts';
import type { Address } from './network.ts';
import type { Random } from './random.ts';
import { translate } from './wire.ts';

interface Settled {
  readonly reply: PeerReply;
  readonly isShort: boolean | undefined;
}

/** What a caller gets: an answer, later; or the news that there is nobody. */
type Respond<Reply> = (reply: Reply | undefined) => void;

const SKEW_PERMILLE = 20;
const OFFSET_MS = 500;
const ZOMBIE_ADDRESS = 1000;

export class Host {
  readonly id: ReplicaId;
  readonly group: Group;
  readonly clock: HostClock;
  version: 'this' | 'next' = 'this';
  /** What its latest instance knew of its part in the group. */
  standing: Standing = 'unformed';
  #disk = new MemoryDisk();
  #disks = 0;
  /** All flushes take long. */
  isDiskSlow = false;
  /** What is left of the disk. */
  diskRoom: 'ample' | 'short' | 'full' = 'ample';
  readonly #random: Random;
  #current: Instance | undefined;
  #zombie: Instance | undefined;
  /** Those that still reach the zombie when they call. */
  #zombieCallers: ReadonlySet<Address> = new Set();
  #isDown = false;
  /** Stands for the replica as long as its disk is damaged. */
  #refusing: Server | undefined;
  #isGone = false;

  constructor(group: Group, id: ReplicaId) {
    this.id = id;
    this.group = group;
    this.#random = group.random.fork();
    const permille = 1000 + this.#random.between(-SKEW_PERMILLE, SKEW_PERMILLE);
    this.clock = new HostClock(group.scheduler, permille, this.#random.below(OFFSET_MS));
  }

  get disk(): MemoryDisk {
    return this.#disk;
  }

  /** For a disk that is new. */
  newDiskId(): DiskId {
    this.#disks += 1;
    return asDiskId(`${this.id}.${this.#disks}.${this.#random.below(0x1000_0000)}`);
  }

  get current(): Instance | undefined {
    return this.#current;
  }

  get zombie(): Instance | undefined {
    return this.#zombie?.isAlive ? this.#zombie : undefined;
  }

  get isLeader(): boolean {
    return this.#current?.isLeader === true;
  }

  /** Where messages of this replica come from: the current instance, and the zombie if there is one. */
  get addresses(): readonly Address[] {
    const { zombie } = this;
    return zombie === undefined ? [this.id] : [this.id, zombie.address];
  }

  get isDown(): boolean {
    return this.#isDown;
  }

  /** Begins to serve, or goes on after `goDown`. */
  start(): void {
    if (this.#isGone) return;
    this.#isDown = false;
    this.#instance();
  }

  /** The machine is gone until `start`. */
  goDown(): void {
    this.#isDown = true;
    this.endZombie();
    this.#current?.crash();
    this.#current = undefined;
  }

  /** The machine is gone until `start`, and its disk for good. */
  loseDisk(): void {
    this.goDown();
    this.#refusing = undefined;
    this.#disk = new MemoryDisk();
    this.standing = 'unformed';
    this.group.checker.observe({ type: 'disk-lost', replica: this.id });
  }

  /** The machine is gone for a moment, and its disk is no longer as it was written: it refuses until it is told to begin anew. */
  damageDisk(): void {
    this.goDown();
    this.standing = 'unformed';
    const disk = this.newDiskId();
    this.#refusing = refusingServer(new DamagedDiskError('a row has a wrong checksum'), {
      disk,
      discard: (_voters, done) => {
        this.group.trace.note('discard', { replica: this.id });
        this.group.marks.add('gave up a damaged disk');
        this.loseDisk();
        this.start();
        done();
      },
    });
    this.#isDown = false;
  }

  /** The machine and its disk are gone for good. */
  destroy(): void {
    this.#isGone = true;
    this.goDown();
  }

  /** They were not gone after all: whoever said so was wrong. */
  restore(): void {
    this.#isGone = false;
    this.start();
  }

  /** The object leaves memory; the next call brings it back. */
  evict(): void {
    this.#current?.evict();
    this.#current = undefined;
  }

  /** An instance died by itself. The next call, or the platform after a while, starts another. */
  reset(instance: Instance, reason: string): void {
    this.group.trace.note('reset', { replica: this.id, reason });
    instance.crash();
    if (instance !== this.#current) return;
    this.#current = undefined;
    this.group.scheduler.after(this.#random.between(0, 2000), () => {
      if (!this.#isDown) this.#instance();
    });
  }

  /** The platform believes that the instance is gone, and starts another. Some callers do not know of it. */
  replace(zombieCallers: ReadonlySet<Address>): void {
    if (this.#current === undefined || this.zombie !== undefined) return;
    this.#zombie = this.#current;
    this.#zombie.address = ZOMBIE_ADDRESS + this.id;
    this.#zombieCallers = zombieCallers;
    this.#current = undefined;
    this.group.trace.note('zombie', { replica: this.id, incarnation: this.#zombie.life.incarnation });
    this.#instance();
  }

  endZombie(): void {
    this.#zombie?.crash();
    this.#zombie = undefined;
  }

  nextFlush(): { readonly delayMs: number; readonly fails: boolean } {
    const { disk } = this.group.plan;
    const mayFail = this.group.isSafetyPhase();
    const isSlow = this.isDiskSlow || (mayFail && this.#random.chance(disk.slow, 1000));
    const [from, to] = isSlow ? disk.slowMs : disk.flushMs;
    return {
      delayMs: this.#random.between(from, to),
      fails: mayFail && this.#random.chance(disk.failed, 1000),
    };
  }

  /** Takes a request of this replica to another. */
  carry(request: Request, from: Address, settle: OnReply): void {
    const { network, plan } = this.group;
    const { requestLoss, replyLoss, duplicates, codecOneIn } = network.plan;
    const peer = this.group.host(request.to);
    const to = peer.#addressFor(from);
    const isCoded = this.#random.chance(1, codecOneIn);
    network.call<Settled>({
      from,
      to,
      timeoutMs: plan.raft.replyTimeoutMs,
      loss: requestLoss,
      replyLoss,
      duplicates,
      deliver: (respond) => {
        const read = this.#translated(request, this.version, peer.version, isCoded);
        if (read === undefined) return respond(undefined);
        peer.#receive(read, to, (reply, isShort) => {
          const understood = reply && this.#translated(reply, peer.version, this.version, isCoded);
          respond(understood && { reply: understood, isShort });
        });
      },
      settle: (settled) => settle(settled?.reply, settled?.isShort),
    });
  }

  /** What others than its group ask. One that has talked to the object for long still reaches the old instance. */
  ask(path: string, body: Uint8Array, isPinned: boolean, respond: Respond<Uint8Array>): void {
    const refusing = this.#isDown ? undefined : this.#refusing;
    const called = this.#called(isPinned);
    if (refusing !== undefined) refusing.handle(path, body, respond);
    else if (called === undefined) respond(undefined);
    else called.ask(path, body, respond);
  }

  #addressFor(caller: Address): Address {
    const { zombie } = this;
    return zombie !== undefined && this.#zombieCallers.has(caller) ? zombie.address : this.id;
  }

  #receive(request: Request, at: Address, respond: OnReply): void {
    const { zombie } = this;
    if (at === this.id && !this.#isDown) {
      const instance = this.#instance();
      if (instance === undefined) respond(undefined);
      else instance.receive(request, respond);
    } else if (zombie !== undefined && at === zombie.address) zombie.receive(request, respond);
    else respond(undefined);
  }

  #called(isPinned: boolean): Instance | undefined {
    if (this.#isDown) return undefined;
    const zombie = isPinned ? this.zombie : undefined;
    return zombie ?? this.#instance();
  }

  /** Undefined: the disk is so full that none can start. The next call, or the platform, tries again. */
  #instance(): Instance | undefined {
    if (this.#current !== undefined) return this.#current;
    if (this.#refusing !== undefined) return undefined;
    if (this.diskRoom === 'full') this.#tryLater();
    else this.#current = new Instance(this, (bound) => this.#random.below(bound));
    return this.#current;
  }

  #tryLater(): void {
    this.group.scheduler.after(this.#random.between(500, 2000), () => {
      if (!this.#isDown) this.#instance();
    });
  }

  /** Encoding every message would cost more than all the rest; a sample shows as much. */
  #translated<M extends Request | PeerReply>(
    message: M,
    from: Host['version'],
    to: Host['version'],
    isCoded: boolean,
  ): M | undefined {
    return isCoded || from !== to ? translate(message, from, to) : message;
  }
}
