/**
 * The course's harness for lab 3 (its `config`): servers that are started, crashed, connected and disconnected, and
 * the questions its tests ask of them, with the same polling times. Beyond the course's own checks it sees every
 * election, also on servers that are cut off: no term ever has two leaders.
 */

import { asReplicaId, type Index, type ReplicaId, type Term } from '../../src/raft/index.ts';
import { Random } from '../sim/random.ts';
import { Scheduler } from '../sim/scheduler.ts';
import { AppliedLogs, type Command, encodeCommand } from './applied-logs.ts';
import { check, LabFailure } from './lab-test.ts';
import { type ClientEnd, Network } from './network.ts';
import { freshPersister, type Persister, raftStateSize, snapshotSize } from './persister.ts';
import { type Process, sleep } from './process.ts';
import { RaftHost } from './raft-host.ts';

export interface RaftConfigOptions {
  readonly servers: number;
  readonly isReliable: boolean;
  readonly snapshots: boolean;
  readonly seed: number;
  /** What a crash does to the disk: nothing, but where this harness itself is tested. */
  readonly damage?: (persister: Persister) => Persister;
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
  host: RaftHost | undefined;
  persister: Persister;
  incarnation: number;
  isConnected: boolean;
  /** Ways to the other servers, made anew with each incarnation, so that a crashed one can send no more. */
  ends: ReadonlyMap<ReplicaId, ClientEnd>;
  /** Of the incarnations before this one. */
  snapshotsSentBefore: number;
}

export class RaftConfig {
  readonly random: Random;
  readonly scheduler = new Scheduler();
  readonly network: Network;
  readonly applied: AppliedLogs;

  readonly #servers: readonly LabServer[];
  readonly #leaders = new Map<Term, ReplicaId>();
  readonly #damage: (persister: Persister) => Persister;

  constructor({ servers, isReliable, snapshots, seed, damage = (intact) => intact }: RaftConfigOptions) {
    this.#damage = damage;
    this.random = new Random(seed);
    this.network = new Network(this.scheduler, this.random.fork());
    this.network.isReliable = isReliable;
    this.network.hasLongDelays = true;
    this.applied = new AppliedLogs(servers, snapshots);
    const voters = Array.from({ length: servers }, (_, server) => asReplicaId(server + 1));
    this.#servers = voters.map((id) => ({
      id,
      name: `server-${id}`,
      host: undefined,
      persister: freshPersister({ voters, learners: [] }),
      incarnation: 0,
      isConnected: false,
      ends: new Map(),
      snapshotsSentBefore: 0,
    }));
    for (const server of this.servers) this.start(server);
    for (const server of this.servers) this.connect(server);
  }

  /** Servers are numbered from 0, as the course does; a number beyond the last begins again. */
  get servers(): readonly number[] {
    return [...this.#servers.keys()];
  }

  /** Undefined while the server is down. */
  raft(server: number): RaftHost | undefined {
    return this.#server(server).host;
  }

  isConnected(server: number): boolean {
    return this.#server(server).isConnected;
  }

  start(server: number): void {
    this.crash(server);
    const starting = this.#server(server);
    starting.incarnation += 1;
    starting.ends = new Map(this.#servers.map(({ id, name }) => [id, this.network.makeEnd(name)]));
    this.applied.restart(this.#servers.indexOf(starting), starting.persister.snapshot?.data);
    const host = new RaftHost(
      {
        id: starting.id,
        incarnation: starting.incarnation,
        persister: starting.persister,
        peers: starting.ends,
        apply: (applying, message) => {
          const snapshot = this.applied.apply(this.#servers.indexOf(starting), message);
          if (snapshot !== undefined) applying.snapshot(message.index, snapshot);
        },
        becameLeader: (term) => this.#checkElection(starting.id, term),
      },
      this.scheduler,
      this.random.fork(),
    );
    starting.host = host;
    this.network.addServer(starting.name, host.service);
  }

  crash(server: number): void {
    const crashing = this.#server(server);
    this.disconnect(server);
    this.network.deleteServer(crashing.name);
    const { host } = crashing;
    if (host === undefined) return;
    crashing.persister = this.#damage(host.persister);
    crashing.snapshotsSentBefore += host.snapshotsSent;
    host.kill();
    crashing.host = undefined;
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
  submit(server: number, command: Command): { readonly index: Index; readonly term: Term } | undefined {
    return this.raft(server)?.start(encodeCommand(command));
  }

  randomCommand(): Command {
    return this.random.below(COMMAND_BOUND);
  }

  term(server: number): number {
    return this.raft(server)?.state.term ?? 0;
  }

  isLeader(server: number): boolean {
    return this.raft(server)?.state.isLeader ?? false;
  }

  /** Requests that the servers received. */
  requestsReceived(): number {
    return this.#servers.reduce((sum, { name }) => sum + this.network.deliveredTo(name), 0);
  }

  /** The largest of all servers, in bytes. */
  raftStateSizeMax(): number {
    return Math.max(
      ...this.#servers.map(({ host, persister }) => raftStateSize(host?.persister ?? persister)),
    );
  }

  snapshotSizeMax(): number {
    return Math.max(
      ...this.#servers.map(({ host, persister }) => snapshotSize(host?.persister ?? persister)),
    );
  }

  snapshotsSent(): number {
    return this.#servers.reduce(
      (sum, { host, snapshotsSentBefore }) => sum + snapshotsSentBefore + (host?.snapshotsSent ?? 0),
      0,
    );
  }

  sleep(durationMs: number): Process {
    return sleep(this.scheduler, durationMs);
  }

  /** The leader of the highest term among the connected servers; fails if there is none for about 5 s. */
  *checkOneLeader(): Process<number> {
    for (let poll = 0; poll < LEADER_POLLS; poll += 1) {
      yield* this.sleep(this.random.between(LEADER_POLL_MS.from, LEADER_POLL_MS.to));
      const leaders = this.servers.filter((server) => this.isConnected(server) && this.isLeader(server));
      const newest = leaders.toSorted((a, b) => this.term(b) - this.term(a))[0];
      if (newest !== undefined) return newest;
    }
    throw new LabFailure('expected one leader, got none');
  }

  /** The term that all connected servers agree on. */
  checkTerms(): number {
    const terms = new Set(this.servers.filter((server) => this.isConnected(server)).map((s) => this.term(s)));
    check(terms.size === 1, `servers disagree on the term: ${[...terms].join(', ')}`);
    return Math.max(...terms);
  }

  /** Also servers that are cut off must have noticed: a leader steps down without a majority (thesis §6.2). */
  checkNoLeader(): void {
    const leaders = this.servers.filter((server) => this.isLeader(server));
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
    const untilMs = this.scheduler.nowMs + AGREEMENT_MS;
    let first = 0;
    while (this.scheduler.nowMs < untilMs) {
      const order = this.servers.map((server) => (first + 1 + server) % this.servers.length);
      const accepting = order.find((server) => this.isConnected(server) && this.isLeader(server));
      first = accepting ?? first;
      const accepted = accepting === undefined ? undefined : this.submit(accepting, command);
      if (accepted === undefined) {
        yield* this.sleep(LEADER_SEARCH_MS);
        continue;
      }
      if (yield* this.#isCommittedInTime(accepted.index, command, expectedServers)) return accepted.index;
      check(retry, `one(${String(command)}) failed to reach agreement at the first attempt`);
    }
    throw new LabFailure(`one(${String(command)}) failed to reach agreement`);
  }

  *#isCommittedInTime(index: number, command: Command, expectedServers: number): Process<boolean> {
    const untilMs = this.scheduler.nowMs + ATTEMPT_MS;
    while (this.scheduler.nowMs < untilMs) {
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
      if (startTerm !== undefined && this.servers.some((server) => this.term(server) > startTerm))
        return undefined;
    }
    const { servers, command } = this.applied.committed(index);
    check(servers >= expectedServers, `only ${servers} of ${expectedServers} servers applied index ${index}`);
    return command;
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
    const leader = this.#leaders.get(term) ?? id;
    check(leader === id, `term ${term} has two leaders: ${leader} and ${id}`);
    this.#leaders.set(term, id);
  }

  #server(server: number): LabServer {
    const found = this.#servers[server % this.#servers.length];
    check(found !== undefined, `there is no server ${server}`);
    return found;
  }
}
