import { asReplicaId } from '../../../src/raft/index.ts';
import { MESSAGE, REPLICA_PATHS, type ReplicaStatus } from '../../../src/replica/index.ts';
import type { Env } from '../../../workers/env.ts';
import { formatReplicaName } from '../../../workers/objects/replica-name.ts';
import type { LabGroup } from '../../labs/lab-group.ts';
import { NOTHING, serverWith } from '../../labs/lab-port.ts';
import { check, LabFailure } from '../../labs/lab-test.ts';
import type { LabWorld } from '../../labs/lab-world.ts';
import type { ClientEnd, Handler } from '../../labs/network.ts';
import { type Process, sleep, spawn } from '../../labs/process.ts';
import { type RealTime, settled } from '../../labs/real-time.ts';
import { callObject, parseAnswer } from './call-object.ts';
import { networkNamespace } from './network-namespace.ts';
import { type DiskSizes, LAB_PATHS, type ServerSettings, startedServers } from './started-servers.ts';

export interface ObjectGroupOptions {
  /** On the network of the test. */
  readonly name: string;
  /** Ends the names of objects, after that of the group, where groups of other tests have the same name. */
  readonly suffix: string;
  readonly servers: number;
  readonly settings: ServerSettings;
  readonly variables?: Partial<Env>;
  readonly namespace: DurableObjectNamespace;
}

interface ObjectServer {
  /** By which the network knows it. */
  readonly name: string;
  readonly objectName: string;
  isUp: boolean;
  /** Ways to other servers, by their names; made anew with each start, so that a crashed one can send no more. */
  ends: Map<string, ClientEnd>;
  snapshotsInstalled: number;
}

/** Times suit one machine that runs many tests at once. */
const TIMES = { ELECTION_TIMEOUT_MS: 500, HEARTBEAT_INTERVAL_MS: 100, REPLY_TIMEOUT_MS: 400 } as const;
const SAMPLE_MS = 200;

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
    const { name, suffix } = options;
    const ids = Array.from({ length: options.servers }, (_, server) => asReplicaId(server + 1));
    this.#servers = ids.map((id) => ({
      name: formatReplicaName({ group: name, id }),
      objectName: formatReplicaName({ group: `${name}${suffix}`, id }),
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
    for (const server of this.servers) {
      const status = yield* this.askServer<ReplicaStatus>(server, REPLICA_PATHS.status);
      if (status?.role === 'leader') leaders.push({ server, term: status.term });
    }
    return leaders.toSorted((a, b) => b.term - a.term)[0]?.server;
  }

  *start(server: number): Process {
    yield* this.crash(server);
    const starting = this.#server(server);
    starting.ends = new Map();
    startedServers.set(starting.objectName, {
      env: this.#env(starting),
      settings: this.#options.settings,
    });
    starting.isUp = true;
    if (!this.#isSampled) spawn(this.#sample());
    const status = yield* this.askServer<ReplicaStatus>(server, REPLICA_PATHS.status);
    check(status !== undefined, `server ${starting.name} does not start`);
    this.#world.network.addServer(
      starting.name,
      serverWith((path) => this.#deliver(starting, path)),
    );
  }

  *crash(server: number): Process {
    const crashing = this.#server(server);
    if (!crashing.isUp) return;
    this.#world.network.deleteServer(crashing.name);
    for (const end of crashing.ends.values()) end.isEnabled = false;
    crashing.ends = new Map();
    crashing.isUp = false;
    startedServers.delete(crashing.objectName);
    // An object that ends does not answer: the error is what was asked for.
    yield* this.#ask(crashing, LAB_PATHS.crash);
  }

  *startAll(): Process {
    for (const [server, { isUp }] of this.#servers.entries()) if (!isUp) yield* this.start(server);
  }

  *crashAll(): Process {
    for (const server of this.servers) yield* this.crash(server);
  }

  partition(...parts: readonly (readonly number[])[]): void {
    this.#parts = parts;
    for (const [from, { ends }] of this.#servers.entries()) {
      for (const [name, end] of ends) end.isEnabled = this.#reaches(from, name);
    }
  }

  heal(): void {
    this.partition(this.servers);
  }

  *raftStateSizePeak(): Process<number> {
    yield* this.#sizes();
    return this.#raftStateSizePeak;
  }

  *raftStateSizeMax(): Process<number> {
    return Math.max(...(yield* this.#sizes()).map(({ raftState }) => raftState));
  }

  *totalSize(): Process<number> {
    return (yield* this.#sizes()).reduce((sum, { raftState, state }) => sum + raftState + state, 0);
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
    for (const server of this.servers) {
      const found = yield* this.askServer<DiskSizes>(server, LAB_PATHS.sizes);
      if (found !== undefined) sizes.push(found);
    }
    this.#raftStateSizePeak = Math.max(this.#raftStateSizePeak, ...sizes.map(({ raftState }) => raftState));
    return sizes;
  }

  /** The last leg of a message's way: a real request to the object. It is made by whoever sends the message. */
  #deliver(server: ObjectServer, path: string): Handler {
    const { ends, objectName } = server;
    return (request, respond) => {
      callObject(this.#options.namespace, objectName, path, request).then(
        ({ status, body }) =>
          this.#time.guard(() => {
            if (status === 200 && endsSnapshot(path, request)) server.snapshotsInstalled += 1;
            respond(status === 200 ? body : NOTHING);
          }),
        (error) =>
          this.#time.guard(() => {
            // Who was crashed meanwhile gives no answer; the network finds that out by itself.
            if (server.ends === ends) throw new LabFailure(`server ${objectName} ended by itself: ${error}`);
          }),
      );
    };
  }

  /** What is outside this group is always reached. */
  #reaches(from: number, name: string): boolean {
    const to = this.#servers.findIndex((server) => server.name === name);
    return to < 0 || this.#parts.some((servers) => servers.includes(from) && servers.includes(to));
  }

  #env(server: ObjectServer): Env {
    const { ends } = server;
    const from = this.#servers.indexOf(server);
    const objects = networkNamespace((objectName) => {
      // Whoever was crashed meanwhile reaches nobody.
      if (server.ends !== ends || !server.isUp) return undefined;
      const name = objectName.replace(this.#options.suffix, '');
      const end = ends.get(name) ?? this.#world.network.makeEnd(name);
      end.isEnabled = this.#reaches(from, name);
      ends.set(name, end);
      return end;
    });
    const variables = {
      ...TIMES,
      REPLICAS_PER_GROUP: this.#options.servers,
      LOCATION_HINTS: [''],
      FIRST_GROUPS: [],
      ...this.#options.variables,
    };
    return { ...variables, STORE_REPLICA: objects, CONTROLLER_REPLICA: objects } as unknown as Env;
  }

  /** Past the network. Undefined if it is down or crashes. */
  *askServer<Answer>(server: number, path: string): Process<Answer | undefined> {
    const asked = this.#server(server);
    return asked.isUp ? yield* this.#ask<Answer>(asked, path) : undefined;
  }

  *#ask<Answer>({ objectName }: ObjectServer, path: string): Process<Answer | undefined> {
    const answer = yield* settled(this.#time, callObject(this.#options.namespace, objectName, path));
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
  const message = MESSAGE.decode(request);
  return message.type === 'snapshot-request' && message.chunk.done;
}
