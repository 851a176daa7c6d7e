/** Makes trouble, of the kinds that the plan allows, and mends it after a while. */

import type { Group } from './group.ts';
import type { Host } from './host.ts';
import type { Instance } from './instance.ts';
import type { Address } from './network.ts';
import type { FaultKind } from './plan.ts';
import type { Random } from './random.ts';

type Pair = readonly [Address, Address];

export class Nemesis {
  readonly #group: Group;
  readonly #hosts: readonly Host[];
  readonly #random: Random;
  #losses = 0;
  #campaign = 0;

  constructor(group: Group) {
    this.#group = group;
    this.#hosts = group.hosts;
    this.#random = group.random.fork();
  }

  /** Until `stop`. What was begun before is mended later, also after it. */
  start(): void {
    if (this.#group.plan.faults.length > 0) this.#plot(this.#campaign);
  }

  stop(): void {
    this.#campaign += 1;
  }

  #plot(campaign: number): void {
    const { scheduler, plan } = this.#group;
    scheduler.after(this.#random.between(...plan.faultEveryMs), () => {
      if (campaign !== this.#campaign) return;
      this.#strike(this.#random.pick(plan.faults));
      this.#plot(campaign);
    });
  }

  #strike(kind: FaultKind): void {
    const host = this.#victim();
    this.#group.trace.note('fault', { kind, replica: host.id });
    switch (kind) {
      case 'crash':
        return this.#crash(host);
      case 'crash-all':
        for (const each of this.#hosts) this.#crash(each);
        return;
      case 'lose-disk':
        return this.#loseDisk(host);
      case 'pause':
        return this.#pause(host);
      case 'evict':
        return host.evict();
      case 'zombie':
        return this.#replace(host);
      case 'clock-jump':
        return host.clock.jump(this.#random.between(-2000, 4000));
      case 'split':
        return this.#split();
      case 'one-way':
        return this.#cut(this.#someOf(this.#addresses).map((to): Pair => [host.id, to]));
      case 'ring':
        return this.#cut(ring(this.#addresses));
      case 'isolate-leader':
        return this.#cut(
          isolation(host.id, this.#addresses, this.#random.pick(['both', 'in', 'out'] as const)),
        );
      case 'transfer':
        return this.#rotate(this.#random.between(1, 8), this.#campaign);
      case 'comeback':
        return this.#comeback(this.#campaign);
      case 'campaign':
        return host.current?.campaign();
      case 'other-version':
        return this.#for(this.#random.between(300, 3000), () => {
          host.version = 'next';
          return () => {
            host.version = 'this';
          };
        });
      case 'slow-disk':
        return this.#for(this.#random.between(300, 5000), () => {
          host.isDiskSlow = true;
          return () => {
            host.isDiskSlow = false;
          };
        });
      case 'full-disk':
        return this.#fill();
    }
  }

  get #addresses(): readonly Address[] {
    return this.#hosts.flatMap(({ addresses }) => addresses);
  }

  /** Sometimes it divides also those who call from outside. */
  #split(): void {
    const outsiders = this.#random.chance(1, 2) ? this.#group.outsiders : [];
    const all = [...this.#addresses, ...outsiders];
    this.#cut(split(all, this.#someOf(all)));
  }

  #someOf<Item>(items: readonly Item[]): readonly Item[] {
    return items.filter(() => this.#random.chance(1, 2));
  }

  /** Half of the time the leader: that is where it hurts. */
  #victim(): Host {
    const leaders = this.#hosts.filter(({ isLeader }) => isLeader);
    return leaders.length > 0 && this.#random.chance(1, 2)
      ? this.#random.pick(leaders)
      : this.#random.pick(this.#hosts);
  }

  #other(host: Host): Host {
    return this.#random.pick(this.#hosts.filter((each) => each !== host));
  }

  /** Leadership goes round: late answers then come to one who leads again, in a later term. */
  #rotate(times: number, campaign: number): void {
    if (times === 0 || campaign !== this.#campaign) return;
    const leader = this.#hosts.find(({ isLeader }) => isLeader);
    if (leader !== undefined) leader.current?.transferLeadership(this.#other(leader).id);
    this.#group.scheduler.after(this.#random.between(20, 400), () => this.#rotate(times - 1, campaign));
  }

  /**
   * A leader that reaches one follower only, whose answers are slow, goes on writing; the others get another leader;
   * then it is the follower that nobody reaches, and the office goes back. What the follower has said in the first term
   * comes in the third, in which the log is another one. Of three replicas the one that is left elects nobody: there it
   * is a plain partition.
   */
  #comeback(campaign: number): void {
    const host = this.#hosts.find(({ isLeader }) => isLeader);
    if (host === undefined) return;
    const friend = this.#other(host);
    const { network, scheduler } = this.#group;
    const after = (fromMs: number, toMs: number, step: () => void): void => {
      scheduler.after(this.#random.between(fromMs, toMs), () => {
        if (campaign === this.#campaign) step();
      });
    };
    network.slow(friend.id, host.id, this.#random.between(500, 2300));
    network.cut(split(this.#addresses, [host.id, friend.id]));
    after(300, 1300, () => {
      network.cut(isolation(friend.id, this.#addresses, 'both'));
      after(50, 600, () => {
        const successor = this.#hosts.find((each) => each.isLeader && each !== host);
        successor?.current?.transferLeadership(host.id);
        after(200, 1200, () => {
          network.slow(friend.id, host.id, 0);
          network.cut([]);
        });
      });
    });
  }

  #crash(host: Host): void {
    if (host.isDown) return;
    host.goDown();
    const downMs = this.#random.pick([0, 100, 1000, 5000]);
    this.#group.scheduler.after(this.#random.between(0, downMs), () => {
      if (this.#group.isSafetyPhase() && host.isDown) host.start();
    });
  }

  /** At most a minority of disks is missing at a time; one that was replaced may be lost again. Every other is there, but damaged. */
  #loseDisk(host: Host): void {
    const missing = this.#hosts.filter(
      (each) => each !== host && this.#group.recovery.isMissing(each),
    ).length;
    if (!this.#group.recovery.isPossible || 2 * (missing + 1) >= this.#hosts.length) return;
    this.#losses += 1;
    const isDamaged = this.#losses % 2 === 0;
    if (isDamaged) host.damageDisk();
    else host.loseDisk();
    this.#group.recovery.lost(host);
    if (isDamaged) return;
    this.#group.scheduler.after(this.#random.between(0, this.#random.pick([0, 300, 3000])), () => {
      if (this.#group.isSafetyPhase() && host.isDown) host.start();
    });
  }

  #pause(host: Host): void {
    const instance = host.current;
    if (instance === undefined) return;
    instance.pause();
    this.#group.scheduler.after(this.#random.between(10, 3000), () => instance.resume());
  }

  /** That a machine stalls, or is cut off, is the very reason for which its objects are started elsewhere. */
  #replace(host: Host): void {
    const instance = host.current;
    if (instance === undefined) return;
    if (this.#random.chance(1, 2)) {
      this.#supersede(host, instance);
      return;
    }
    instance.pause();
    this.#group.scheduler.after(this.#random.between(10, 300), () => this.#supersede(host, instance));
    this.#group.scheduler.after(this.#random.between(300, 2500), () => instance.resume());
  }

  /**
   * At most one replica of a group has a zombie at a time: reads count answers from memory with one voter to spare
   * (docs/decisions/0003), and two instances that were replaced unnoticed are outside of that model.
   */
  #supersede(host: Host, instance: Instance): void {
    const isOver = !this.#group.isSafetyPhase() || host.current !== instance;
    if (isOver || this.#hosts.some(({ zombie }) => zombie !== undefined)) return;
    const peers = this.#hosts.filter((each) => each !== host);
    const isCutOff = this.#random.chance(1, 2);
    const company = isCutOff ? this.#company(peers) : this.#someOf(peers);
    const callers = company.map(({ id }) => id);
    host.replace(new Set(callers));
    if (isCutOff) {
      const [side, others] = [[instance.address, ...callers], this.#group.outsiders];
      this.#cut(split([...this.#addresses, ...others], [...side, ...this.#someOf(others)]));
    }
    this.#group.scheduler.after(this.#random.between(500, 8000), () => {
      if (host.zombie === instance) host.endZombie();
    });
  }

  /** Too few for a majority without the zombie, and with it perhaps one: mostly with the leader. */
  #company(peers: readonly Host[]): readonly Host[] {
    const size = this.#random.between(1, Math.floor(this.#hosts.length / 2));
    const order = [...this.#someOf(peers), ...peers].toSorted(
      (a, b) => Number(b.isLeader) - Number(a.isLeader),
    );
    return [...new Set(order)].slice(0, size);
  }

  #cut(pairs: readonly Pair[]): void {
    this.#for(this.#random.between(200, 6000), () => {
      this.#group.network.cut(pairs);
      return () => this.#group.network.cut([]);
    });
  }

  /** Disks fill one by one where each replica has its own, and all at once where they share one. */
  #fill(): void {
    const room = this.#random.pick(['short', 'short', 'full'] as const);
    const some = this.#someOf(this.#hosts);
    const hosts = some.length === 0 || this.#random.chance(1, 3) ? this.#hosts : some;
    this.#for(this.#random.between(300, 6000), () => {
      for (const host of hosts) host.diskRoom = room;
      return () => {
        for (const host of hosts) host.diskRoom = 'ample';
      };
    });
  }

  #for(durationMs: number, begin: () => () => void): void {
    const end = begin();
    this.#group.scheduler.after(durationMs, end);
  }
}

/** Two sides that do not hear each other. */
function split(all: readonly Address[], side: readonly Address[]): readonly Pair[] {
  return pairs(all).filter(([from, to]) => side.includes(from) !== side.includes(to));
}

/** Each hears its two neighbours only. */
function ring(ids: readonly Address[]): readonly Pair[] {
  return pairs(ids).filter(([from, to]) => {
    const distance = Math.abs(ids.indexOf(from) - ids.indexOf(to));
    return distance !== 1 && distance !== ids.length - 1;
  });
}

function isolation(id: Address, ids: readonly Address[], way: 'both' | 'in' | 'out'): readonly Pair[] {
  return pairs(ids).filter(([from, to]) => (way !== 'in' && from === id) || (way !== 'out' && to === id));
}

function pairs(ids: readonly Address[]): readonly Pair[] {
  return ids.flatMap((from) => ids.filter((to) => to !== from).map((to): Pair => [from, to]));
}
