/**
 * A replicated group on the network of the course's tests, in virtual time: what is deployed, for any state
 * machine. Servers are started, crashed and partitioned as the course does it; what replicas say to each other goes
 * through the network too, in the bytes that are deployed.
 *
 * Servers are numbered from 0, as the course does.
 */

import {
  asReplicaId,
  DEFAULT_LIMITS,
  invariant,
  isReply,
  Membership,
  type RaftOptions,
  type ReplicaId,
} from '../../src/raft/index.ts';
import {
  type Clock,
  DEFAULT_REPLICA_LIMITS,
  MESSAGE,
  PEER_ANSWER,
  REPLICA_PATHS,
  type Replica,
  type ReplicaLimits,
  type ReplicaParts,
  type Transport,
} from '../../src/replica/index.ts';
import type { Row } from '../../src/storage/index.ts';
import type { Opened } from '../../src/store/index.ts';
import type { Random } from '../sim/random.ts';
import { GroupDisk } from './group-storage.ts';
import { heard, type LabPort, labPort, serverOf } from './lab-port.ts';
import { type LabWorld, wallClockMs } from './lab-world.ts';
import type { ClientEnd } from './network.ts';

/** What a replica needs of its server; what it is a replica of is for whoever opens it. */
export type ServerParts = Omit<ReplicaParts<never, never, never>, 'stateMachine'>;

export interface GroupOptions<Result, Query, Answer> {
  /** Unique on the network: the servers are called `<name>/<id>`. */
  readonly name: string;
  readonly servers: number;
  readonly limits: ReplicaLimits;
  readonly raft?: Partial<RaftOptions>;
  /** How far the wall clock of a server is ahead. */
  readonly skewMs?: (server: number) => number;
  /** Opens a replica as it is deployed: one for each start of a server. `port` is its way to other groups. */
  readonly open: (parts: ServerParts, server: number, port: LabPort) => Opened<Result, Query, Answer>;
}

interface GroupServer<Result, Query, Answer> {
  readonly id: ReplicaId;
  readonly name: string;
  readonly disk: GroupDisk;
  running: { readonly opened: Opened<Result, Query, Answer>; readonly port: LabPort } | undefined;
  /** Ways to the other servers, made anew with each start, so that a crashed one can send no more. */
  ends: ReadonlyMap<ReplicaId, ClientEnd>;
}

/** So small that also the states of the course's tests travel in several chunks. */
const CHUNK_BYTES_MAX = 1024;
/** So short that a look at the disk soon finds there what was applied. */
const CHECKPOINT_IDLE_MS = 200;

/** The course's `maxraftstate`: bytes at which the log is to be compacted, or -1 for never. */
export function limitsFor(maxRaftState: number): ReplicaLimits {
  const never = Number.POSITIVE_INFINITY;
  return {
    ...DEFAULT_REPLICA_LIMITS,
    chunkBytesMax: CHUNK_BYTES_MAX,
    checkpointIdleMs: CHECKPOINT_IDLE_MS,
    logEntriesMax: never,
    logBytesMax: maxRaftState < 0 ? never : maxRaftState,
  };
}

/** By which the network knows them. */
export function replicaNames(group: string, servers: number): readonly string[] {
  return Array.from({ length: servers }, (_, server) => `${group}/${server + 1}`);
}

export class Group<Result, Query, Answer> {
  readonly #world: LabWorld;
  readonly #options: GroupOptions<Result, Query, Answer>;
  readonly #random: Random;
  readonly #membership: Membership;
  readonly #servers: readonly GroupServer<Result, Query, Answer>[];
  /** The part of the network that each server is in. */
  #parts: readonly (readonly number[])[];

  /** All servers are started, and reach each other. */
  constructor(world: LabWorld, options: GroupOptions<Result, Query, Answer>) {
    this.#world = world;
    this.#options = options;
    this.#random = world.random.fork();
    const names = replicaNames(options.name, options.servers);
    const voters = names.map((_, server) => asReplicaId(server + 1));
    this.#membership = Membership.of(voters, []);
    this.#servers = names.map((name, server) => ({
      id: asReplicaId(server + 1),
      name,
      disk: new GroupDisk(this.#membership),
      running: undefined,
      ends: new Map(),
    }));
    this.#parts = [this.servers];
    for (const server of this.servers) this.start(server);
  }

  get servers(): readonly number[] {
    return [...this.#servers.keys()];
  }

  get replicaIds(): readonly ReplicaId[] {
    return this.#membership.voters;
  }

  /** By which the network knows it. */
  nameOf(server: number): string {
    return this.#server(server).name;
  }

  /** Undefined while the server is down. */
  replica(server: number): Replica<Result, Query, Answer> | undefined {
    return this.#server(server).running?.opened.replica;
  }

  /** Of those that believe to lead, the one with the newest term. */
  get leader(): number | undefined {
    const term = (server: number) => this.replica(server)?.status().term ?? 0;
    const leaders = this.servers.filter((server) => this.replica(server)?.isLeader === true);
    return leaders.toSorted((a, b) => term(b) - term(a))[0];
  }

  start(server: number): void {
    this.crash(server);
    const starting = this.#server(server);
    starting.ends = new Map(this.#servers.map(({ id, name }) => [id, this.#world.network.makeEnd(name)]));
    this.#enableEnds();
    const port = labPort(this.#world, this.#random.fork());
    const opened: Opened<Result, Query, Answer> = this.#options.open(
      {
        options: {
          raft: {
            ...DEFAULT_LIMITS,
            ...this.#options.raft,
            id: starting.id,
            random: (bound) => this.#random.below(bound),
          },
          limits: this.#options.limits,
        },
        membership: this.#membership,
        storage: starting.disk.open(this.#world.scheduler, this.#random.fork()),
        transport: transportOver(starting.ends),
        clock: this.#clock(server, () => opened.replica.tick()),
        onHalt: (error) => {
          throw error;
        },
      },
      server,
      port,
    );
    starting.running = { opened, port };
    this.#world.network.addServer(starting.name, serverOf(opened.server));
  }

  crash(server: number): void {
    const crashing = this.#server(server);
    const { running } = crashing;
    if (running === undefined) return;
    this.#world.network.deleteServer(crashing.name);
    for (const end of crashing.ends.values()) end.isEnabled = false;
    crashing.ends = new Map();
    crashing.running = undefined;
    running.port.close();
    running.opened.replica.stop();
    crashing.disk.crash(this.#random);
  }

  startAll(): void {
    for (const server of this.servers) this.start(server);
  }

  crashAll(): void {
    for (const server of this.servers) this.crash(server);
  }

  /** Servers reach each other only within a part; a server in no part reaches none. Clients are not concerned. */
  partition(...parts: readonly (readonly number[])[]): void {
    this.#parts = parts;
    this.#enableEnds();
  }

  heal(): void {
    this.partition(this.servers);
  }

  /** The largest of all servers, in bytes. */
  raftStateSizeMax(): number {
    return Math.max(...this.#servers.map(({ disk }) => disk.raftStateSize));
  }

  /** The largest that it ever was on any server. */
  raftStateSizePeak(): number {
    return Math.max(...this.#servers.map(({ disk }) => disk.raftStateSizePeak));
  }

  /** The largest of all servers, in bytes. */
  stateSizeMax(): number {
    return Math.max(...this.#servers.map(({ disk }) => disk.stateSize));
  }

  /** The rows that a server has, also while it is down. */
  rows(server: number): readonly Row[] {
    return this.#server(server).disk.rows;
  }

  /** Of all servers together. */
  totalSize(): number {
    return this.#servers.reduce((sum, { disk }) => sum + disk.raftStateSize + disk.stateSize, 0);
  }

  /** How often any log was compacted. */
  compactions(): number {
    return this.#servers.reduce((sum, { disk }) => sum + disk.compactions, 0);
  }

  snapshotsInstalled(server: number): number {
    return this.#server(server).disk.snapshotsInstalled;
  }

  #enableEnds(): void {
    for (const [from, { ends }] of this.#servers.entries()) {
      const part = this.#parts.find((servers) => servers.includes(from)) ?? [];
      for (const [to, { id }] of this.#servers.entries()) {
        const end = ends.get(id);
        if (end !== undefined) end.isEnabled = part.includes(to);
      }
    }
  }

  /** Wake-ups that were asked for earlier still come: an early one does no harm. */
  #clock(server: number, tick: () => void): Clock {
    const { scheduler } = this.#world;
    const skewMs = this.#options.skewMs?.(server) ?? 0;
    return {
      nowMs: () => scheduler.nowMs,
      wallClockMs: () => wallClockMs(this.#world) + skewMs,
      wakeAt: (atMs) => scheduler.at(atMs, tick),
    };
  }

  #server(server: number): GroupServer<Result, Query, Answer> {
    const found = this.#servers[server];
    invariant(found !== undefined, `there is no server ${server}`);
    return found;
  }
}

function transportOver(ends: ReadonlyMap<ReplicaId, ClientEnd>): Transport {
  return {
    send: (request, onReply) => {
      const end = ends.get(request.to);
      invariant(end !== undefined, `no way to replica ${request.to}`);
      end.call(REPLICA_PATHS.raft, MESSAGE.encode(request), (response) => {
        const bytes = heard(response);
        if (bytes === undefined) return onReply(undefined);
        const { reply, isShort } = PEER_ANSWER.decode(bytes);
        invariant(isReply(reply), 'a request came as a reply');
        onReply(reply, isShort);
      });
    },
  };
}
