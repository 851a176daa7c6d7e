/** An operator who takes back the replicas of a group that have lost their disks, as one would: by the deployed call. */

import { carryOut, type ReadmissionOrder, readmission, type TakenBack } from '../../src/client/index.ts';
import { HostClock, MonotonicClock } from './clock.ts';
import type { Group } from './group.ts';
import type { Host } from './host.ts';
import type { Address } from './network.ts';
import { simPort } from './sim-port.ts';

const RESCUER: Address = 98;
const PATIENCE_MS = 3000;
const IS_BACK: ReadonlySet<TakenBack> = new Set(['member', 'readmitted']);

export class Recovery {
  readonly #group: Group;
  /** Whose disk is lost, and which of all losses it was. */
  readonly #missing = new Map<Host, number>();
  #losses = 0;
  #wasFormed = false;

  constructor(group: Group) {
    this.#group = group;
  }

  /** A disk that is lost while its group is being formed may have to be replaced by hand (docs/decisions/0010). */
  get isPossible(): boolean {
    this.#wasFormed ||= this.#group.hosts.every(({ standing }) => standing === 'member');
    return this.#wasFormed;
  }

  isMissing(host: Host): boolean {
    return this.#missing.has(host);
  }

  lost(host: Host): void {
    this.#losses += 1;
    this.#missing.set(host, this.#losses);
    this.#attempt(host, this.#losses);
  }

  /** Until it is done, or the next disk is lost as well. */
  #attempt(host: Host, loss: number): void {
    const { scheduler, random, marks, trace } = this.#group;
    scheduler.after(random.between(100, 1500), () => {
      if (this.#missing.get(host) !== loss) return;
      const call = readmission(this.#orderFor(host), this.#port(), PATIENCE_MS);
      carryOut(call, this.#port(), (outcome) => {
        if (this.#missing.get(host) !== loss) return;
        if (outcome.type === 'failed' || !IS_BACK.has(outcome.result)) return this.#attempt(host, loss);
        this.#missing.delete(host);
        marks.add('took back a voter that had lost its disk');
        trace.note('readmitted', { replica: host.id });
      });
    });
  }

  #orderFor({ id }: Host): ReadmissionOrder {
    const { kind, plan, replicaNames } = this.#group;
    return {
      known: replicaNames,
      nameOf: (replica) => `${kind.name}/${replica}`,
      replica: id,
      patienceMs: plan.raft.replyTimeoutMs,
    };
  }

  #port() {
    const group = this.#group;
    return simPort({
      world: group,
      from: RESCUER,
      random: group.random.fork(),
      clock: new MonotonicClock(new HostClock(group.scheduler, 1000, 0)),
      roughness: () => group.roughness,
      arrived: (happened) => happened(),
      real: (durationMs) => durationMs,
    });
  }
}
