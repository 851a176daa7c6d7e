import { decodeMessage, REPLICA_PATHS } from '../../../src/protocol/index.ts';
import { asReplicaId } from '../../../src/raft/index.ts';
import type { ReplicaLimits, ReplicaStatus } from '../../../src/replica/index.ts';
import type { Env } from '../../../workers/env.ts';
import { formatReplicaName } from '../../../workers/objects/replica-name.ts';
import type { LabGroup } from '../../labs/lab-group.ts';
import { check, LabFailure } from '../../labs/lab-test.ts';
import type { LabWorld } from '../../labs/lab-world.ts';
import type { ClientEnd, Handler } from '../../labs/network.ts';
import { type Process, sleep, spawn } from '../../labs/process.ts';
import { type RealTime, settled } from '../../labs/real-time.ts';
import { callObject, parseAnswer } from './call-object.ts';
import { networkNamespace } from './network-namespace.ts';
import { type DiskSizes, LAB_PATHS, startedServers } from './started-servers.ts';

export interface ObjectGroupOptions {
  /** Of no other group on these disks. */
  readonly name: string;
  readonly servers: number;
  readonly limits: ReplicaLimits;
  readonly namespace: DurableObjectNamespace;
}

interface ObjectServer {
  readonly name: string;
  isUp: boolean;
  /** By the names of the other servers; made anew with each start, so that a crashed one can send no more. */
  ends: ReadonlyMap<string, ClientEnd>;
  snapshotsInstalled: number;
}

/** Times suit one machine that runs many tests at once. */
const TIMES = { ELECTION_TIMEOUT_MS: 500, HEARTBEAT_INTERVAL_MS: 100, REPLY_TIMEOUT_MS: 400 } as const;
const SAMPLE_MS = 200;
const NOTHING = new Uint8Array(0);

/** A group of real objects, on the network of the course's tests. */
export class ObjectGroup implements LabGroup {
  readonly #world: LabWorld;
  readonly #time: RealTime;
  readonly #options: ObjectGroupOptions;
  readonly #servers: readonly ObjectServer[];
  #parts: readonly (readonly number[])[];
  #raftStateSizePeak = 0;
  #isSampled = false;

  /** All servers are down. */
  constructor(world: LabWorld, time: RealTime, options: ObjectGroupOptions) {
    this.#world = world;
    this.#time = time;
    this.#options = options;
    this.#servers = Array.from({ length: options.servers }, (_, server) => ({
      name: formatReplicaName({ group: options.name, id: asReplicaId(server + 1) }),
      isUp: false,
      ends: new Map(),
      snapshotsInstalled: 0,
    }));
    this.#parts = [this.servers];
  }

  get servers(): readonly number[] {
    return [...this.#servers.keys()];
  }

  nameOf(server: number): string {
    return this.#server(server).name;
  }

  *leader(): Process<number | undefined> {
    const leaders = [];
    for (const [server, { name, isUp }] of this.#servers.entries()) {
      if (!isUp) continue;
      const status = yield* this.#ask<ReplicaStatus>(name, REPLICA_PATHS.status);
      if (status?.role === 'leader') leaders.push({ server, term: status.term });
    }
    return leaders.toSorted((a, b) => b.term - a.term)[0]?.server;
  }

  *start(server: number): Process {
    yield* this.crash(server);
    const starting = this.#server(server);
    const { network } = this.#world;
    starting.ends = new Map(this.#servers.map(({ name }) => [name, network.makeEnd(name)]));
    const objects = networkNamespace((name) => starting.ends.get(name));
    const env = {
      ...TIMES,
      REPLICAS_PER_GROUP: this.#options.servers,
      LOCATION_HINTS: [''],
      STORE_REPLICA: objects,
    } as unknown as Env;
    startedServers.set(starting.name, { env, limits: this.#options.limits });
    starting.isUp = true;
    if (!this.#isSampled) spawn(this.#sample());
    this.#enableEnds();
    const status = yield* this.#ask<ReplicaStatus>(starting.name, REPLICA_PATHS.status);
    check(status !== undefined, `server ${starting.name} does not start`);
    const paths = Object.values(REPLICA_PATHS);
    network.addServer(
      starting.name,
      Object.fromEntries(paths.map((path) => [path, this.#deliver(starting, path)])),
    );
  }

  *crash(server: number): Process {
    const crashing = this.#server(server);
    if (!crashing.isUp) return;
    this.#world.network.deleteServer(crashing.name);
    for (const end of crashing.ends.values()) end.isEnabled = false;
    crashing.ends = new Map();
    crashing.isUp = false;
    startedServers.delete(crashing.name);
    // An object that ends does not answer: the error is what was asked for.
    yield* this.#ask(crashing.name, LAB_PATHS.crash);
  }

  *startAll(): Process {
    for (const [server, { isUp }] of this.#servers.entries()) if (!isUp) yield* this.start(server);
  }

  *crashAll(): Process {
    for (const server of this.servers) yield* this.crash(server);
  }

  partition(...parts: readonly (readonly number[])[]): void {
    this.#parts = parts;
    this.#enableEnds();
  }

  heal(): void {
    this.partition(this.servers);
  }

  *raftStateSizePeak(): Process<number> {
    yield* this.#sizes();
    return this.#raftStateSizePeak;
  }

  *stateSizeMax(): Process<number> {
    return Math.max(...(yield* this.#sizes()).map(({ state }) => state));
  }

  *compactions(): Process<number> {
    return (yield* this.#sizes()).filter(({ compactedIndex }) => compactedIndex > 0).length;
  }

  // biome-ignore lint/correctness/useYield: this is counted here.
  *snapshotsInstalled(server: number): Process<number> {
    return this.#server(server).snapshotsInstalled;
  }

  /** Between two samples a log may have been larger. */
  *#sample(): Process {
    this.#isSampled = true;
    while (this.#servers.some(({ isUp }) => isUp)) {
      yield* sleep(this.#time, SAMPLE_MS);
      yield* this.#sizes();
    }
    this.#isSampled = false;
  }

  /** Of the servers that are up. */
  *#sizes(): Process<readonly DiskSizes[]> {
    const sizes = [];
    for (const { name, isUp } of this.#servers) {
      const found = isUp ? yield* this.#ask<DiskSizes>(name, LAB_PATHS.sizes) : undefined;
      if (found !== undefined) sizes.push(found);
    }
    this.#raftStateSizePeak = Math.max(this.#raftStateSizePeak, ...sizes.map(({ raftState }) => raftState));
    return sizes;
  }

  /** The last leg of a message's way: a real request to the object. It is made by whoever sends the message. */
  #deliver(server: ObjectServer, path: string): Handler {
    const { ends, name } = server;
    return (request, respond) => {
      callObject(this.#options.namespace, name, path, request).then(
        ({ status, body }) =>
          this.#time.guard(() => {
            if (status === 200 && endsSnapshot(path, request)) server.snapshotsInstalled += 1;
            respond(status === 200 ? body : NOTHING);
          }),
        (error) =>
          this.#time.guard(() => {
            // Who was crashed meanwhile gives no answer; the network finds that out by itself.
            if (server.ends === ends) throw new LabFailure(`server ${name} ended by itself: ${error}`);
          }),
      );
    };
  }

  #enableEnds(): void {
    for (const [from, { ends }] of this.#servers.entries()) {
      const part = this.#parts.find((servers) => servers.includes(from)) ?? [];
      for (const [to, { name }] of this.#servers.entries()) {
        const end = ends.get(name);
        if (end !== undefined) end.isEnabled = part.includes(to);
      }
    }
  }

  /** Past the network. Undefined if it is down or crashes. */
  *#ask<Answer>(name: string, path: string): Process<Answer | undefined> {
    const answer = yield* settled(this.#time, callObject(this.#options.namespace, name, path));
    return answer?.status === 200 ? parseAnswer<Answer>(answer) : undefined;
  }

  #server(server: number): ObjectServer {
    const found = this.#servers[server];
    check(found !== undefined, `there is no server ${server}`);
    return found;
  }
}

function endsSnapshot(path: string, request: Uint8Array): boolean {
  if (path !== REPLICA_PATHS.raft) return false;
  const message = decodeMessage(request);
  return message.type === 'snapshot-request' && message.done;
}
