/** What the tests do to a replicated group and ask of it, wherever it runs. Servers are numbered from 0. */

import type { Group } from './group.ts';
import { immediately, type Process } from './process.ts';

export interface LabGroup {
  readonly servers: readonly number[];
  /** By which the network knows it. */
  nameOf(server: number): string;
  /** Of those that believe to lead, the one with the newest term. */
  leader(): Process<number | undefined>;
  start(server: number): Process;
  crash(server: number): Process;
  /** Starts those that are down. */
  startAll(): Process;
  crashAll(): Process;
  /** Servers reach each other only within a part; a server in no part reaches none. Clients are not concerned. */
  partition(...parts: readonly (readonly number[])[]): void;
  heal(): void;
  /** The largest that any server's log ever was, in bytes. */
  raftStateSizePeak(): Process<number>;
  /** The largest of all servers, in bytes. */
  raftStateSizeMax(): Process<number>;
  stateSizeMax(): Process<number>;
  /** Of all servers together, log and state. */
  totalSize(): Process<number>;
  /** How often any log was compacted; where each time cannot be seen, how many logs are. */
  compactions(): Process<number>;
  snapshotsInstalled(server: number): Process<number>;
}

export function simulatedGroup<Result, Query, Answer>(group: Group<Result, Query, Answer>): LabGroup {
  return {
    servers: group.servers,
    nameOf: (server) => group.nameOf(server),
    leader: () => immediately(() => group.leader),
    start: (server) => immediately(() => group.start(server)),
    crash: (server) => immediately(() => group.crash(server)),
    startAll: () =>
      immediately(() => {
        for (const server of group.servers) if (group.replica(server) === undefined) group.start(server);
      }),
    crashAll: () => immediately(() => group.crashAll()),
    partition: (...parts) => group.partition(...parts),
    heal: () => group.heal(),
    raftStateSizePeak: () => immediately(() => group.raftStateSizePeak()),
    raftStateSizeMax: () => immediately(() => group.raftStateSizeMax()),
    totalSize: () => immediately(() => group.totalSize()),
    stateSizeMax: () => immediately(() => group.stateSizeMax()),
    compactions: () => immediately(() => group.compactions()),
    snapshotsInstalled: (server) => immediately(() => group.snapshotsInstalled(server)),
  };
}
