/**
 * The course's harness for lab 3 (its `config`): servers that are started, crashed, connected and disconnected, and
 * the questions its tests ask of them, with the same polling times. Beyond the course's own checks it sees every
 * election, also on servers that are cut off: no term ever has two leaders.
 */

import { asReplicaId, type Index, type ReplicaId, type Term } from '../../src/raft/index.ts';
import { Random } from '../sim/random.ts';
import { AppliedLogs, type Command, encodeCommand } from './applied-logs.ts';
import { check, LabFailure } from './lab-test.ts';
import { type ClientEnd, Network } from './network.ts';
import { immediately, type Process, sleep } from './process.ts';
import type { ServiceSnapshot } from './raft-disk.ts';
import { type ApplyMessage, RAFT_SERVICE } from './raft-host.ts';
import type { RaftReport, RaftServer, RaftServers } from './raft-servers.ts';
import type { Timeline } from './timeline.ts';

export interface RaftConfigOptions {
  readonly servers: number;
  readonly isReliable: boolean;
  readonly snapshots: boolean;
  readonly seed: number;
}

/** The unit of the course's pauses. */
export const ELECTION_TIMEOUT_MS = 1000;

const LEADER_POLLS = 10;
const LEADER_POLL_MS = { from: 450, to: 549 } as const;
const AGREEMENT_MS = 10_000;
const ATTEMPT_MS = 2000;
const COMMIT_POLL_MS = 20;
const LEADER_SEARCH_MS = 50;
const WAIT_TRIES = 30;
const WAIT_MS = { first: 10, doubleBelow: 1000 } as const;
const COMMAND_BOUND = 2 ** 31;

interface LabServer {
  readonly id: ReplicaId;
  readonly name: string;
  running: RaftServer | undefined;
  isConnected: boolean;
  /** Ways to the other servers, made anew with each incarnation, so that a crashed one can send no more. */
  ends: ReadonlyMap<ReplicaId, ClientEnd>;
  /** The last report of each incarnation before this one. */
  readonly past: RaftReport[];
}

export class RaftConfig {
  readonly random: Random;
  readonly network: Network;
  readonly applied: AppliedLogs;

  readonly #timeline: Timeline;
  readonly #host: RaftServers;
  readonly #servers: readonly LabServer[];
  readonly #elected = new Map<Term, ReplicaId>();

  /** No server runs until `startAll`. */
  constructor(
    { servers, isReliable, snapshots, seed }: RaftConfigOptions,
    timeline: Timeline,
    host: RaftServers,
  ) {
    this.#timeline = timeline;
    this.#host = host;
    this.random = new Random(seed);
    this.network = new Network(timeline, this.random.fork());
    this.network.isReliable = isReliable;
    this.network.hasLongDelays = true;
    this.applied = new AppliedLogs(servers, snapshots);
    this.#servers = Array.from({ length: servers }, (_, server) => ({
      id: asReplicaId(server + 1),
      name: `server-${server + 1}`,
      running: undefined,
      isConnected: false,
      ends: new Map(),
      past: [],
    }));
  }

  get nowMs(): number {
    return this.#timeline.nowMs;
  }

  /** Servers are numbered from 0, as the course does; a number beyond the last begins again. */
  get servers(): readonly number[] {
    return [...this.#servers.keys()];
  }

  isUp(server: number): boolean {
    return this.#server(server).running !== undefined;
  }

  isConnected(server: number): boolean {
    return this.#server(server).isConnected;
  }

  /** Starts the server anew, after a crash if it is up. It is not connected yet. */
  *start(server: number): Process {
    yield* this.crash(server);
    const starting = this.#server(server);
    const at = this.#servers.indexOf(starting);
    starting.ends = new Map(this.#servers.map(({ id, name }) => [id, this.network.makeEnd(name)]));
    const options = {
      id: starting.id,
      peers: starting.ends,
      random: this.random.fork(),
      restart: (snapshot: ServiceSnapshot | undefined) => this.applied.restart(at, snapshot?.data),
      apply: (message: ApplyMessage) => this.applied.apply(at, message),
      becameLeader: (term: Term) => this.#checkElection(starting.id, term),
    };
    const voters = this.#servers.map(({ id }) => id);
    const running = yield* this.#host.start(options, voters);
    starting.running = running;
    this.network.addServer(starting.name, { [RAFT_SERVICE]: running.handle });
  }

  *startAll(): Process {
    for (const server of this.servers) yield* this.start(server);
    this.connect(...this.servers);
  }

  *crash(server: number): Process {
    const crashing = this.#server(server);
    this.disconnect(server);
    this.network.deleteServer(crashing.name);
    const { running } = crashing;
    if (running === undefined) return;
    crashing.running = undefined;
    const report = yield* running.report();
    if (report !== undefined) crashing.past.push(report);
    yield* running.crash();
  }

  *crashAll(): Process {
    for (const server of this.servers) yield* this.crash(server);
  }

  connect(...servers: readonly number[]): void {
    for (const server of servers) {
      this.#server(server).isConnected = true;
      this.#enableEnds(server, true);
    }
  }

  disconnect(...servers: readonly number[]): void {
    for (const server of servers) {
      this.#server(server).isConnected = false;
      this.#enableEnds(server, false);
    }
  }

  /** The index and term of the command, or undefined if this server is down or not the leader. */
  *submit(
    server: number,
    command: Command,
  ): Process<{ readonly index: Index; readonly term: Term } | undefined> {
    return yield* this.#server(server).running?.submit(encodeCommand(command)) ??
      immediately(() => undefined);
  }

  randomCommand(): Command {
    return this.random.below(COMMAND_BOUND);
  }

  /** Undefined while the server is down. */
  *report(server: number): Process<RaftReport | undefined> {
    return yield* this.#server(server).running?.report() ?? immediately(() => undefined);
  }

  /** 0 for a server that is down. */
  *terms(servers: readonly number[] = this.servers): Process<readonly number[]> {
    const terms = [];
    for (const server of servers) terms.push((yield* this.report(server))?.term ?? 0);
    return terms;
  }

  /** Requests that the servers received. */
  requestsReceived(): number {
    return this.#servers.reduce((sum, { name }) => sum + this.network.deliveredTo(name), 0);
  }

  /** The largest of all servers, in bytes; of one that is down, as its disk was when it crashed. */
  *raftStateSizeMax(): Process<number> {
    const reports = yield* this.#reports();
    return Math.max(...reports.map((incarnations) => incarnations.at(-1)?.raftStateSize ?? 0));
  }

  *snapshotSizeMax(): Process<number> {
    const reports = yield* this.#reports();
    return Math.max(...reports.map((incarnations) => incarnations.at(-1)?.snapshotSize ?? 0));
  }

  *snapshotsSent(): Process<number> {
    const reports = yield* this.#reports();
    return reports.flat().reduce((sum, { snapshotsSent }) => sum + snapshotsSent, 0);
  }

  /** Of each server, one for each incarnation. */
  *#reports(): Process<readonly (readonly RaftReport[])[]> {
    const reports = [];
    for (const [server, { past }] of this.#servers.entries()) {
      const report = yield* this.report(server);
      reports.push(report === undefined ? past : [...past, report]);
    }
    return reports;
  }

  sleep(durationMs: number): Process {
    return sleep(this.#timeline, durationMs);
  }

  /** The leader of the highest term among the connected servers; fails if there is none for about 5 s. */
  *checkOneLeader(): Process<number> {
    for (let poll = 0; poll < LEADER_POLLS; poll += 1) {
      yield* this.sleep(this.random.between(LEADER_POLL_MS.from, LEADER_POLL_MS.to));
      const [newest] = (yield* this.#leaders()).filter((server) => this.isConnected(server));
      if (newest !== undefined) return newest;
    }
    throw new LabFailure('expected one leader, got none');
  }

  /** The term that all connected servers agree on. */
  *checkTerms(): Process<number> {
    const connected = this.servers.filter((server) => this.isConnected(server));
    const terms = new Set(yield* this.terms(connected));
    check(terms.size === 1, `servers disagree on the term: ${[...terms].join(', ')}`);
    return Math.max(...terms);
  }

  /** Also servers that are cut off must have noticed: a leader steps down without a majority (thesis §6.2). */
  *checkNoLeader(): Process {
    const leaders = yield* this.#leaders();
    check(leaders.length === 0, `expected no leader, but ${leaders.join(', ')} claims to be`);
  }

  checkNotCommitted(index: number): void {
    const { servers } = this.applied.committed(index);
    check(servers === 0, `${servers} servers applied index ${index} without a majority`);
  }

  /**
   * A complete agreement: the index at which at least `expectedServers` applied the command. Without `retry` the
   * first attempt must succeed.
   */
  *one(command: Command, expectedServers: number, retry: boolean): Process<number> {
    const untilMs = this.nowMs + AGREEMENT_MS;
    let first = 0;
    while (this.nowMs < untilMs) {
      const order = this.servers.map((server) => (first + 1 + server) % this.servers.length);
      let accepted: { readonly index: Index } | undefined;
      for (const server of order) {
        if (!this.isConnected(server)) continue;
        accepted = yield* this.submit(server, command);
        if (accepted === undefined) continue;
        first = server;
        break;
      }
      if (accepted === undefined) yield* this.sleep(LEADER_SEARCH_MS);
      else if (yield* this.#isCommittedInTime(accepted.index, command, expectedServers))
        return accepted.index;
      else check(retry, `one(${String(command)}) failed to reach agreement at the first attempt`);
    }
    throw new LabFailure(`one(${String(command)}) failed to reach agreement`);
  }

  *#isCommittedInTime(index: number, command: Command, expectedServers: number): Process<boolean> {
    const untilMs = this.nowMs + ATTEMPT_MS;
    while (this.nowMs < untilMs) {
      const committed = this.applied.committed(index);
      if (committed.servers >= expectedServers && committed.command === command) return true;
      yield* this.sleep(COMMIT_POLL_MS);
    }
    return false;
  }

  /**
   * The command at `index` once `expectedServers` have applied it; undefined when a server has moved on to a term
   * after `startTerm`, so that it may never happen.
   */
  *wait(index: number, expectedServers: number, startTerm?: number): Process<Command | undefined> {
    let pauseMs: number = WAIT_MS.first;
    for (let tries = 0; tries < WAIT_TRIES; tries += 1) {
      if (this.applied.committed(index).servers >= expectedServers) break;
      yield* this.sleep(pauseMs);
      if (pauseMs < WAIT_MS.doubleBelow) pauseMs *= 2;
      if (startTerm !== undefined && Math.max(...(yield* this.terms())) > startTerm) return undefined;
    }
    const { servers, command } = this.applied.committed(index);
    check(servers >= expectedServers, `only ${servers} of ${expectedServers} servers applied index ${index}`);
    return command;
  }

  /** The one with the newest term first. */
  *#leaders(): Process<readonly number[]> {
    const leaders = [];
    for (const server of this.servers) {
      const report = yield* this.report(server);
      if (report?.isLeader) leaders.push({ server, term: report.term });
    }
    return leaders.toSorted((a, b) => b.term - a.term).map(({ server }) => server);
  }

  #enableEnds(server: number, isEnabled: boolean): void {
    const { id, ends } = this.#server(server);
    for (const other of this.#servers) {
      if (isEnabled && !other.isConnected) continue;
      const outgoing = ends.get(other.id);
      const incoming = other.ends.get(id);
      if (outgoing !== undefined) outgoing.isEnabled = isEnabled;
      if (incoming !== undefined) incoming.isEnabled = isEnabled;
    }
  }

  #checkElection(id: ReplicaId, term: Term): void {
    const leader = this.#elected.get(term) ?? id;
    check(leader === id, `term ${term} has two leaders: ${leader} and ${id}`);
    this.#elected.set(term, id);
  }

  #server(server: number): LabServer {
    const found = this.#servers[server % this.#servers.length];
    check(found !== undefined, `there is no server ${server}`);
    return found;
  }
}
