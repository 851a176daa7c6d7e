/**
 * One replica of a state machine: a consensus core, the state it leads to, and a host to live in. The same class runs
 * in a Durable Object, in the simulator and in plain Node.
 *
 * Invariants, besides replica.A1 (turn-writer.ts):
 * replica.A2  A message that promises something leaves only when all writes before it are durable; one that promises nothing
 *     leaves first, so that network and disk work side by side.
 * replica.A3  Every caller is called back exactly once, also when leadership is lost or the replica stops, and whatever is
 *     thrown on the way (callers.ts).
 * replica.A4  An error of the core, of applying or of a write stops the replica: nothing is done after it. An error of a
 *     read, of a callback, of the host or of the transport is noted (faults.ts), and the replica goes on: whoever can
 *     provoke one must not stop a group with it. A disk that is broken shows at the next write.
 */

import {
  type Declined,
  type Effects,
  type Index,
  type Input,
  isReply,
  type LogId,
  type Message,
  type PeerReply,
  Raft,
  type Readmission,
  type ReplicaId,
  type Request,
} from '../raft/index.ts';
import type { ReplicaAnswer } from './answer.ts';
import { BATCH, TIME_MS_MAX } from './batch-codec.ts';
import { Callers } from './callers.ts';
import { compactionOf } from './compaction.ts';
import { Execution } from './execution.ts';
import { describeError, Faults } from './faults.ts';
import { appliedEntry, Freshness } from './freshness.ts';
import { GroupRoom } from './group-room.ts';
import type { OnReply } from './host.ts';
import { Intake } from './intake.ts';
import type { ReplicaParts, ReplicaStatus } from './parts.ts';
import { Peers } from './peers.ts';
import { ProposalQueue } from './proposal-queue.ts';
import { ReplicaTrace } from './replica-trace.ts';
import { SnapshotSender, streamOwner } from './snapshot-sender.ts';
import { StandingWatch } from './standing-watch.ts';
import { type OwnState, StateReader } from './state-reader.ts';
import type { Awaited } from './state-waiters.ts';
import { TurnWriter } from './turn-writer.ts';
import { WaitingReads } from './waiting-reads.ts';

type Respond = (reply: PeerReply | undefined) => void;
type Inbound = { readonly input: Input; readonly respond?: Respond | undefined };

const STOPPED: Declined = { type: 'not-leader', leader: undefined };

export class Replica<Result, Query, Answer> {
  readonly #parts: ReplicaParts<Result, Query, Answer>;
  readonly #raft: Raft;
  readonly #trace: ReplicaTrace | undefined;
  readonly #faults: Faults;
  readonly #callers: Callers;
  readonly #intake: Intake;
  readonly #reader: StateReader<Query, Answer>;
  readonly #incarnation: number;
  readonly #queue: ProposalQueue<Result>;
  readonly #reads: WaitingReads<Query, Answer>;
  readonly #freshness: Freshness;
  readonly #snapshots: SnapshotSender;
  readonly #execution: Execution<Result>;
  readonly #writer: TurnWriter;
  readonly #room: GroupRoom;
  readonly #peers: Peers;
  readonly #standing: StandingWatch;
  readonly #inbox: Inbound[] = [];
  #pumping = false;
  #appliedIndex: Index;
  #wakeAtMs = Number.POSITIVE_INFINITY;
  #stopped = false;

  /** Opens the storage. Throws `FormatError` if it cannot be read by this code, and what the storage throws. */
  constructor(parts: ReplicaParts<Result, Query, Answer>) {
    const { options, storage, clock, membership, stateMachine } = parts;
    const { incarnation, state } = storage.open(membership, parts.newDiskId?.());
    this.#parts = parts;
    this.#incarnation = incarnation;
    this.#raft = new Raft({ ...options.raft, reads: stateMachine.reads ?? 0 }, state, clock.nowMs());
    this.#trace = parts.trace && new ReplicaTrace(parts.trace, this.#raft.status());
    this.#trace?.says(`starts with incarnation ${incarnation}`);
    this.#faults = new Faults(this.#trace, parts.onFault);
    this.#callers = new Callers(this.#faults);
    this.#intake = new Intake(parts, this.#trace);
    this.#reader = new StateReader(parts, this.#ownState(), this.#faults, this.#trace);
    this.#appliedIndex = state.applied;
    this.#queue = new ProposalQueue(options.limits);
    this.#reads = new WaitingReads(options.limits);
    this.#freshness = new Freshness(options.raft, state);
    this.#execution = new Execution(stateMachine, storage.table, appliedEntry(state), this.#faults);
    this.#writer = new TurnWriter(storage, this.#execution, options.limits);
    this.#room = new GroupRoom(parts, this.#raft);
    this.#peers = new Peers(parts.transport, this.#room, this.#faults, this.#trace);
    const onForgetful = () => this.#faults.attempt('the host, at a lost past', () => parts.onForgetful?.());
    this.#standing = new StandingWatch(this.#raft, options.raft.id, onForgetful, this.#trace);
    const owner = streamOwner(options.raft.id, state.disk, incarnation);
    this.#snapshots = new SnapshotSender(storage, owner, options.limits, this.#trace);
    this.#arm();
  }

  get id(): ReplicaId {
    return this.#parts.options.raft.id;
  }

  get isLeader(): boolean {
    return this.#raft.leader === this.id;
  }

  get leader(): ReplicaId | undefined {
    return this.#raft.leader;
  }

  /** A request of another replica; `respond` gets its answer when that may leave. */
  receive(request: Request, respond: OnReply): void {
    const told = (reply: PeerReply | undefined) => respond(reply, reply && this.#room.isShortHere);
    const answer = this.#callers.add(told, () => undefined);
    // To whoever sends what nobody here can read it is a lost message.
    if (this.#intake.isReadable(request)) this.#run({ type: 'message', message: request }, answer);
    else answer(undefined);
  }

  /** Executes a command, exactly as often as the state machine's own rules say. */
  propose(command: Uint8Array, done: (answer: ReplicaAnswer<Result>) => void): void {
    const answer = this.#callers.add(done, () => ({ type: 'unknown', leader: this.leader }) as const);
    if (this.#room.isShortHere && this.#inbox.length === 0) this.tick(); // First the log gives way.
    if (this.#stopped) return answer(STOPPED);
    if (!this.isLeader) return answer({ type: 'not-leader', leader: this.leader });
    const refusal = this.#intake.refusal(command, (level) => this.#raft.notReading(level));
    if (refusal !== undefined) answer(refusal);
    else if (this.#room.lacksRoomFor(command)) answer({ type: 'storage-full' });
    else if (!this.#queue.push({ command, done: answer })) answer(this.#reader.noRoom('a command'));
    else this.#pump();
  }

  /** What is asked of it meanwhile goes out at once: commands in one entry, reads in one round. */
  together(ask: () => void): void {
    const wasPumping = this.#pumping;
    this.#pumping = true;
    this.#faults.attempt('the host, who asks together', ask);
    this.#pumping = wasPumping;
    this.#pump();
  }

  /** A linearizable read: it sees every write that was acknowledged, by any replica, before it was asked. */
  query(query: Query, done: (answer: ReplicaAnswer<Answer>) => void, isWanted?: () => boolean): void {
    const answer = this.#callers.add(done, () => STOPPED);
    if (this.#stopped) return answer(STOPPED);
    const added = this.#reads.add(query, answer, isWanted);
    if (added.type === 'refused') answer(this.#reader.noRoom('a read'));
    else if (added.type === 'first') this.#run({ type: 'read', id: added.id });
  }

  /** Reads this replica's own state, which may be behind, and says how far it may be. */
  queryLocal(query: Query): ReplicaAnswer<Answer> {
    return this.#reader.answerLocally(query);
  }

  /**
   * As `queryLocal`, on a state that has come as far as the caller wants: whoever names what an answer reflected sees no
   * less, whichever replica it asks. Waits if it must, but not for ever: the state may never come so far.
   */
  queryWhen(awaited: Awaited, query: Query, done: (answer: ReplicaAnswer<Answer>) => void): void {
    const answer = this.#callers.add(done, () => STOPPED);
    if (this.#reader.answerWhen(awaited, query, answer)) this.#pump();
  }

  /** Whether the host keeps as many bytes of answers as it may: who asks for a value is refused. */
  get isFullOfAnswers(): boolean {
    return this.#reader.isFull;
  }

  /** Counts bytes of an answer among those that have not left, until what is returned is called. */
  keepAnswer(bytes: number): () => void {
    return this.#parts.answers?.keep(bytes) ?? (() => undefined);
  }

  /** The time that was asked for with `Clock.wakeAt` has come. */
  tick(): void {
    this.#wakeAtMs = Number.POSITIVE_INFINITY;
    this.#run({ type: 'tick' });
  }

  /** If nobody leads or campaigns here: hold an election now instead of waiting for silence. The group is new, or slept. */
  wake(): void {
    if (this.#raft.role === 'follower' && this.leader === undefined) this.#run({ type: 'campaign' });
  }

  transferLeadership(to: ReplicaId): void {
    this.#run({ type: 'transfer', to });
  }

  /** Takes back a voter that has lost its disk: done when enough others know of it, `overloaded` if it is too early. */
  readmit(readmission: Readmission, done: (answer: ReplicaAnswer<Uint8Array>) => void): void {
    const answer = this.#callers.add(done, () => ({ type: 'unknown', leader: this.leader }) as const);
    if (this.#stopped || !this.isLeader) return answer({ type: 'not-leader', leader: this.leader });
    this.#standing.await(readmission, answer);
    this.#run({ type: 'readmit', readmission });
  }

  status(): ReplicaStatus {
    return {
      ...this.#raft.status(),
      incarnation: this.#incarnation,
      queuedCommands: this.#queue.length,
      waitingReads: this.#reads.size + this.#reader.waiters.size,
      faults: this.#faults.status,
      ...this.#room.status,
      memoryBytes: this.#reader.memoryBytes({
        queue: this.#queue.bytes,
        inFlight: this.#execution.bytesInFlight,
        log: this.#raft.logSize.bytes,
      }),
    };
  }

  /** For those who serve it: what is wrong with what others sent, told where an operator looks. */
  noteFault(fault: string, error: Error): void {
    this.#faults.note(fault, error);
  }

  /** Answers all who wait, and does nothing any more. The disk is left as it is. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#trace?.says('stops');
    for (const { respond } of this.#inbox.splice(0)) respond?.(undefined);
    for (const { done } of this.#queue.drain()) done(STOPPED);
    this.#execution.abandon(this.leader);
    this.#reads.failAll(STOPPED);
    this.#standing.abandon();
    this.#reader.waiters.giveUp();
    this.#callers.endAll();
  }

  #run(input: Input, respond?: Respond): void {
    if (this.#stopped) return respond?.(undefined);
    this.#inbox.push({ input, respond });
    this.#pump();
  }

  /** One input after the other: what a callback asks for waits until the current step is carried out. */
  #pump(): void {
    if (this.#pumping || this.#stopped) return;
    this.#pumping = true;
    try {
      do {
        for (let next = this.#inbox.shift(); next !== undefined; next = this.#inbox.shift()) this.#step(next);
        this.#proposeBatch();
      } while (this.#inbox.length > 0);
      this.#arm();
    } catch (error) {
      this.#trace?.says(`halts: ${describeError(error)}`);
      this.stop();
      this.#parts.onHalt(error);
    } finally {
      this.#pumping = false;
    }
  }

  #step({ input, respond }: Inbound): void {
    const nowMs = this.#parts.clock.nowMs();
    this.#trace?.takes(input);
    if (input.type === 'read') this.#reads.asked(input.id);
    this.#carryOut(this.#raft.step(nowMs, input), respond);
    if (input.type === 'message') this.#freshness.received(input.message, nowMs, this.#raft);
    if (input.type !== 'tick') return;
    this.#inbox.push(
      ...this.#snapshots.take(this.#raft.compacted.index, nowMs).map((chunk) => ({ input: chunk })),
    );
    this.#snapshots.tidy(this.#raft.isSendingSnapshots, nowMs);
    this.#reader.waiters.expire(nowMs);
    this.#reads.expire(nowMs);
    this.#writer.tidy(nowMs);
  }

  /** In the order that `Effects` asks for. */
  #carryOut(effects: Effects, respond?: Respond): void {
    this.#trace?.steps(effects, this.#raft.status());
    for (const message of effects.messages) this.#send(message);
    if (effects.store?.install?.done) this.#snapshots.closeView();
    const { applied, answers } = this.#writer.write(effects, this.#appliedIndex);
    this.#keepPromises(effects, respond);
    for (const answer of answers) answer();
    if (effects.roleChanged) {
      if (!this.isLeader) this.#leadershipLost();
      this.#faults.attempt('the host, at a change of role', () => this.#parts.onRoleChange?.());
    }
    for (const { id, outcome } of effects.reads) this.#reads.decided(id, outcome);
    for (const request of effects.chunkRequests) this.#snapshots.add(request, this.#parts.clock.nowMs());
    if (applied !== undefined) this.#inbox.push({ input: { type: 'applied', index: applied.index } });
    if (effects.store?.install?.done) this.#stateReaches(effects.store.install.snapshot);
    if (applied !== undefined) this.#stateReaches(applied);
    this.#standing.settle(this.#appliedIndex);
    this.#reads.reach(this.#appliedIndex, this.#parts.clock.nowMs());
    this.#answerReads();
    this.#maybeCompact();
  }

  #stateReaches(through: LogId): void {
    this.#appliedIndex = through.index;
    this.#freshness.applied(through);
    this.#reader.waiters.stateChanged();
  }

  /** replica.A2: promises wait for this step's write and all before it. */
  #keepPromises({ store, promises }: Effects, respond: Respond | undefined): void {
    if (store === undefined && promises.length === 0) return respond?.(undefined);
    this.#parts.storage.flush(() => {
      const reply = this.#stopped ? undefined : promises.find(isReply);
      if (reply !== undefined) this.#trace?.sends(reply);
      respond?.(reply);
      if (this.#stopped) return;
      for (const message of promises) this.#send(message);
      if (store !== undefined) this.#run({ type: 'stored', id: store.id });
    });
  }

  #send(message: Message): void {
    this.#peers.send(message, (input) => this.#run(input));
  }

  #proposeBatch(): void {
    if (!this.isLeader) return;
    const { clock, options } = this.#parts;
    const commandsMax = this.#execution.commandsIn(options.limits.turnBytesMax);
    const batch = this.#queue.take(clock.nowMs(), this.#execution.entriesInFlight, commandsMax);
    if (batch.length === 0) return;
    const payload = BATCH.encode({
      timeMs: Math.min(clock.wallClockMs(), TIME_MS_MAX),
      commands: batch.map(({ command }) => command),
    });
    const effects = this.#raft.step(clock.nowMs(), { type: 'propose', payload });
    const { proposal } = effects;
    if (proposal?.type === 'accepted')
      this.#execution.proposed(proposal.index, { term: proposal.term, batch });
    else for (const { done } of batch) done(proposal ?? { type: 'overloaded' });
    this.#carryOut(effects);
  }

  #leadershipLost(): void {
    this.#snapshots.stop();
    const { leader } = this;
    for (const { done } of this.#queue.drain()) done({ type: 'not-leader', leader });
    this.#execution.abandon(leader);
  }

  #ownState(): OwnState {
    const replica = this;
    return {
      get index() {
        return replica.#appliedIndex;
      },
      get refusal() {
        if (replica.#stopped) return STOPPED;
        return replica.#standing.hasPast ? undefined : this.behind;
      },
      get behind() {
        return { type: 'not-leader', leader: replica.leader } as const;
      },
      ageMsMax: () => this.#freshness.ageMsMax(this.#parts.clock.nowMs(), this.#raft.status()),
    };
  }

  /** Each answer is kept until it has left. The others come in later turns, of which a leader has ten in a second or more. */
  #answerReads(): void {
    while (!this.isFullOfAnswers) {
      const read = this.#reads.take();
      if (read === undefined) return;
      read.done(read.isWanted?.() === false ? { type: 'overloaded' } : this.#reader.answer(read.query));
    }
  }

  /** Not without the state (storage.W3), so the log is needed only for peers that are a little behind. */
  #maybeCompact(): void {
    if (this.#room.isShortHere) this.#parts.storage.checkpoint(); // What deletions free must be free.
    const through = compactionOf(this.#raft, this.#room.logLimits, this.#snapshots.viewIndex, this.#trace);
    if (through !== undefined) this.#inbox.push({ input: { type: 'compact', through } });
  }

  /** Asks for one wake-up at a time; an early one does no harm, it only asks for the next. */
  #arm(): void {
    // What is left to execute waits for a turn of its own, behind what others want.
    const deadlineMs = Math.min(
      this.#execution.isBehind ? this.#parts.clock.nowMs() : Number.POSITIVE_INFINITY,
      this.#raft.deadline(),
      this.#queue.deadline(),
      this.#reader.waiters.deadline,
      this.#snapshots.deadline,
    );
    if (deadlineMs >= this.#wakeAtMs) return;
    this.#wakeAtMs = deadlineMs;
    this.#parts.clock.wakeAt(deadlineMs);
  }
}
