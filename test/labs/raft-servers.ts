/** Where the servers of lab 3 run: in the simulator, or as objects of workerd. Disks outlive crashes. */

import type { Index, ReplicaId, Term } from '../../src/raft/index.ts';
import type { Handler } from './network.ts';
import type { Process } from './process.ts';
import type { RaftDisk } from './raft-disk.ts';
import type { RaftHost, RaftHostOptions } from './raft-host.ts';

export interface RaftServers {
  /** Starts the server of this id on what its last incarnation left on its disk. */
  start(options: RaftHostOptions, voters: readonly ReplicaId[]): Process<RaftServer>;
}

/** One incarnation. What is asked of it while it crashes is answered as if it were down. */
export interface RaftServer {
  /** What the network delivers goes here. */
  readonly handle: Handler;
  /** Undefined if it does not lead. */
  submit(payload: Uint8Array): Process<{ readonly index: Index; readonly term: Term } | undefined>;
  report(): Process<RaftReport | undefined>;
  crash(): Process;
}

export interface RaftReport {
  readonly term: Term;
  readonly isLeader: boolean;
  readonly raftStateSize: number;
  readonly snapshotSize: number;
  readonly snapshotsSent: number;
}

export function reportOf(host: RaftHost, disk: RaftDisk): RaftReport {
  const { raftStateSize, snapshotSize } = disk;
  return { ...host.state, raftStateSize, snapshotSize, snapshotsSent: host.snapshotsSent };
}
