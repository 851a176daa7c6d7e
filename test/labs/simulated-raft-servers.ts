/** The servers of lab 3 in virtual time. */

import { Membership, type ReplicaId } from '../../src/raft/index.ts';
import { freshPersister, type Persister } from './persister.ts';
import { immediately, type Process } from './process.ts';
import { RaftHost, type RaftHostOptions } from './raft-host.ts';
import { type RaftServer, type RaftServers, reportOf } from './raft-servers.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import type { Timeline } from './timeline.ts';

/** What a crash does to a disk: nothing, but where the harness itself is tested. */
export type Damage = (persister: Persister) => Persister;

export class SimulatedRaftServers implements RaftServers {
  readonly #timeline: Timeline;
  readonly #damage: Damage;
  readonly #persisters = new Map<ReplicaId, Persister>();
  #starts = 0;

  constructor(timeline: Timeline, damage: Damage = (intact) => intact) {
    this.#timeline = timeline;
    this.#damage = damage;
  }

  *start(options: RaftHostOptions, voters: readonly ReplicaId[]): Process<RaftServer> {
    const { id, random } = options;
    this.#starts += 1;
    const persister = this.#persisters.get(id) ?? freshPersister(Membership.of(voters, []));
    const disk = new SimulatedDisk(`${id}.${this.#starts}`, persister, this.#timeline, random);
    const host = new RaftHost(options, disk, this.#timeline);
    return {
      handle: host.handle,
      submit: (payload) => immediately(() => host.start(payload)),
      report: () => immediately(() => reportOf(host, disk)),
      crash: () =>
        immediately(() => {
          this.#persisters.set(id, this.#damage(disk.durable));
          host.kill();
        }),
    };
  }
}
