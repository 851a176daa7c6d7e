/**
 * One replica's part in consensus (Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm",
 * extended version; "thesis" is Ongaro's "Consensus: Bridging Theory and Practice").
 *
 * A state machine without I/O: an input and the time go in, effects come out as data. What it guarantees, given that
 * the host carries out the effects in the order that `Effects` names:
 *
 * Election Safety       At most one leader is elected in a term (§5.2; raft.E1, raft.T2, raft.T3).
 * Leader Append-Only    A leader only appends to its log (raft.R1).
 * Log Matching          Logs that agree at an index agree before it (raft.F1, raft.F2).
 * Leader Completeness   What is committed is in the log of every later leader (raft.E2, raft.R2, raft.R3).
 * State Machine Safety  No two replicas apply different entries at one index (follows from all of these).
 * Linearizable reads    raft.Q1 to raft.Q4 in reads.ts.
 *
 * All rules about terms stand in `receive`, ahead of the handlers, which may then rely on equal terms.
 */

import { isCredible, nearTerm } from './credible.ts';
import type { Effects, Input } from './effects.ts';
import {
  countOwnVote,
  handlePreVoteReply,
  handlePreVoteRequest,
  handleVoteReply,
  handleVoteRequest,
  hearsLeader,
  learnCommit,
  startElection,
  startPreVote,
} from './election.ts';
import { follow, handleAppendRequest } from './following.ts';
import { askAround, askBack, handleIntroductionReply, handleIntroductionRequest } from './formation.ts';
import { invariant, unreachable } from './invariant.ts';
import type { AppendReply, Message, SnapshotReply } from './messages.ts';
import { Node } from './node.ts';
import { type PersistedState, type RaftOptions, validate } from './options.ts';
import { maybeFinishReadmissions, proposeReadmission, sealReadmissions } from './readmission.ts';
import { releaseReads, requestRead } from './reads.ts';
import { handleAppendReply, maybeCommit, propose } from './replication.ts';
import type { Leader, Role } from './role.ts';
import { sendLostAgain, sendWhatIsMissing } from './sending.ts';
import { handleSnapshotReply, receiveChunk, sendChunk } from './snapshots.ts';
import { countedProgress, isVoid, progressWith, type Standing, standingOf } from './standing.ts';
import { describe, type Status } from './status.ts';
import { deadlineOf, tick } from './timers.ts';
import { maybeFinishTransfer, startTransfer } from './transfer.ts';
import { becomeFollower } from './transitions.ts';
import {
  asIndex,
  type Entry,
  type Index,
  type LogId,
  ORIGIN,
  type Readmission,
  type ReplicaId,
  type Term,
} from './types.ts';

export class Raft {
  readonly #node: Node;

  /** `persisted` is what the last incarnation stored; `nowMs` any clock that does not run backwards. */
  constructor(options: RaftOptions, persisted: PersistedState, nowMs: number) {
    validate(options, persisted);
    this.#node = new Node(options, persisted);
    this.#node.nowMs = nowMs;
    becomeFollower(this.#node, this.#node.term, undefined);
  }

  /** Takes one input at time `nowMs` (integer, same clock as before). Throws only `InvariantError`: then stop. */
  step(nowMs: number, input: Input): Effects {
    const node = this.#node;
    const before = { role: node.role.type, term: node.term, leader: node.leader, commit: node.commit };
    // A clock that was set back must not make timers wait for the past to come again.
    node.nowMs = Math.max(node.nowMs, nowMs);
    handle(node, input);
    invariant(node.commit >= before.commit, `raft.R4: commit fell from ${before.commit} to ${node.commit}`);
    invariant(node.commit <= node.log.lastIndex, `commit ${node.commit} is beyond the log`);
    return node.takeEffects(
      node.role.type !== before.role || node.term !== before.term || node.leader !== before.leader,
    );
  }

  /** When the next `tick` is due, on the clock of `step`; Infinity if nothing is planned. */
  deadline(): number {
    return deadlineOf(this.#node);
  }

  get term(): Term {
    return this.#node.term;
  }

  get leader(): ReplicaId | undefined {
    return this.#node.leader;
  }

  get role(): Role['type'] {
    return this.#node.role.type;
  }

  /** The entry before the first one in memory. */
  get compacted(): LogId {
    return this.#node.log.compacted;
  }

  /** What the log holds in memory: entries, and bytes of payload. */
  get logSize(): { readonly entries: number; readonly bytes: number } {
    const { log } = this.#node;
    return { entries: log.lastIndex - log.compacted.index, bytes: log.bytes };
  }

  get isSendingSnapshots(): boolean {
    const { role } = this.#node;
    const peers = role.type === 'leader' ? [...role.progress.values()] : [];
    return peers.some(({ state }) => state.type === 'snapshot');
  }

  /** Up to where `compact` may go and leave a tail of at most so many applied entries and bytes. */
  compactionPoint(tailEntriesMax: number, tailBytesMax: number): Index {
    const { log, applied } = this.#node;
    return asIndex(Math.min(applied, log.beforeTail(tailEntriesMax, tailBytesMax)));
  }

  /** The first other member that has not announced to this leader, in its term, that it reads commands of this level. */
  notReading(level: number): ReplicaId | undefined {
    const { role } = this.#node;
    const peers = role.type === 'leader' ? [...role.progress] : [];
    return peers.find(([, { reads }]) => reads === undefined || reads < level)?.[0];
  }

  /** What this replica is, or, to a leader, what another is. */
  standingOf(replica: ReplicaId): Standing {
    return standingOf(this.#node, replica);
  }

  /** The group knows that the replica has that disk. */
  knows({ replica, disk }: Readmission): boolean {
    return this.#node.membership.disks.get(replica) === disk;
  }

  status(): Status {
    return describe(this.#node);
  }

  /** Entries from `from` on that are still in memory, for inspection. */
  entries(from: Index): readonly Entry[] {
    const { log } = this.#node;
    const first = asIndex(Math.max(from, log.firstIndex));
    return first > log.lastIndex ? [] : log.slice(first, log.lastIndex, Number.POSITIVE_INFINITY);
  }
}

function handle(node: Node, input: Input): void {
  switch (input.type) {
    case 'message':
      return receive(node, input.message);
    case 'tick':
      return tick(node);
    case 'propose':
      node.outbox.proposal = propose(node, input.payload);
      return;
    case 'read':
      return requestRead(node, input.id);
    case 'stored':
      return stored(node, input.id);
    case 'applied':
      invariant(input.index <= node.handedOut, `applied ${input.index}, handed out only ${node.handedOut}`);
      node.applied = asIndex(Math.max(node.applied, input.index));
      return sealReadmissions(node);
    case 'compact':
      invariant(input.through <= node.applied, `only applied entries may be compacted, not ${input.through}`);
      if (input.through > node.log.compacted.index) node.compact(input.through);
      return;
    case 'campaign':
      if (node.isUnformed) return askAround(node);
      // One that campaigns already goes on: many requests may wake a group, and each would start the election anew.
      if (node.role.type === 'follower' && node.isVoter) startPreVote(node);
      return;
    case 'transfer':
      return startTransfer(node, input.to);
    case 'readmit':
      return proposeReadmission(node, input.readmission);
    case 'lost':
      if (node.role.type === 'leader') sendLostAgain(node, node.role, input.message);
      return;
    case 'snapshot-chunk':
      return sendChunk(node, input.to, input.chunk);
    default:
      return unreachable(input);
  }
}

/** The gate: whom to believe (credible.ts), and what a message's term means, once for all kinds of messages (§5.1). */
function receive(node: Node, message: Message): void {
  if (!isCredible(node, message)) return;
  if (message.type === 'introduction-request') return handleIntroductionRequest(node, message);
  if (message.type === 'introduction-reply') return handleIntroductionReply(node, message);
  if (node.isUnformed) return askBack(node, message);
  if (message.type === 'pre-vote-request' || message.type === 'pre-vote-reply') learnCommit(node, message);
  if (isVoid(node, message)) return;
  // A pre-vote is a question about a term, not news of one (raft.E3): neither side's term counts.
  if (message.type === 'pre-vote-request') return handlePreVoteRequest(node, message);
  if (message.term > node.term) {
    // Sticky leader (thesis §4.2.3): one who was cut off, or removed, must not depose a leader that others hear.
    const disturbs = message.type === 'vote-request' && !message.transfer && hearsLeader(node);
    if (disturbs) return node.promise({ type: 'vote-reply', to: message.from, granted: false });
    const isFromLeader = message.type === 'append-request' || message.type === 'snapshot-request';
    const term = nearTerm(node, message.term);
    const isReached = term === message.term;
    becomeFollower(node, term, isReached && isFromLeader ? message.from : undefined);
    if (!isReached) return;
  }
  if (message.term < node.term && message.type !== 'pre-vote-reply') return refuseStale(node, message);
  dispatch(node, message);
}

/** The sender is behind: the term in the answer tells it so. Late replies are of no interest. */
function refuseStale(node: Node, message: Message): void {
  const to = message.from;
  switch (message.type) {
    case 'append-request': {
      const result = { type: 'rejected', previous: message.previous.index, hint: ORIGIN } as const;
      const { reads } = node.options;
      node.promise({ type: 'append-reply', to, result, readRound: 0, touched: false, reads });
      return;
    }
    case 'snapshot-request': {
      const { stream, cursor } = message.chunk;
      node.promise({
        type: 'snapshot-reply',
        to,
        stream,
        answers: cursor,
        result: { type: 'continue', cursor },
      });
      return;
    }
    case 'vote-request':
      node.promise({ type: 'vote-reply', to, granted: false });
      return;
    case 'pre-vote-request':
    case 'pre-vote-reply':
    case 'vote-reply':
    case 'append-reply':
    case 'snapshot-reply':
    case 'timeout-now':
    case 'introduction-request':
    case 'introduction-reply':
      return;
  }
}

/** Terms are equal from here on (but for the answer to a pre-vote, which names the term it is about). */
function dispatch(node: Node, message: Message): void {
  const { role } = node;
  switch (message.type) {
    case 'pre-vote-request':
    case 'introduction-request':
    case 'introduction-reply':
      return;
    case 'pre-vote-reply':
      return handlePreVoteReply(node, message);
    case 'vote-request':
      return handleVoteRequest(node, message);
    case 'vote-reply':
      return handleVoteReply(node, message);
    case 'append-request':
      follow(node, message.from);
      return handleAppendRequest(node, message);
    case 'snapshot-request':
      follow(node, message.from);
      return receiveChunk(node, message);
    case 'append-reply':
    case 'snapshot-reply':
      if (role.type === 'leader') handleReply(node, role, message);
      return;
    case 'timeout-now':
      if (role.type !== 'leader' && node.isVoter) startElection(node, true);
      return;
    default:
      return unreachable(message);
  }
}

/** Any answer shows that the peer lives; much may have waited for it. */
function handleReply(node: Node, leader: Leader, reply: AppendReply | SnapshotReply): void {
  const progress = progressWith(node, leader, reply);
  if (progress === undefined) return;
  progress.heard(node.nowMs, node.options.heartbeatIntervalMs);
  if (reply.type === 'append-reply') {
    progress.reads = reply.reads;
    const counts = countedProgress(node, leader, reply.from) !== undefined;
    if (counts) leader.reads.answered(reply.from, reply.readRound, reply.touched);
    handleAppendReply(node, progress, reply);
  } else {
    handleSnapshotReply(node, progress, reply);
  }
  progress.check();
  sendWhatIsMissing(node, leader, reply.from, progress);
  maybeFinishTransfer(node, leader);
  maybeFinishReadmissions(node, leader);
  releaseReads(node, leader);
}

/** A write is on the disk: what this replica promised itself counts from now on (raft.R3, and its own vote). */
function stored(node: Node, id: number): void {
  for (const record of node.confirmStores(id)) {
    // The entry may have been cut off and written anew meanwhile; then a later confirmation speaks for it.
    if (node.log.contains(record.last)) node.durable = asIndex(Math.max(node.durable, record.last.index));
    const isOwnVote = record.hardState.term === node.term && record.hardState.votedFor === node.id;
    if (isOwnVote) countOwnVote(node);
    if (node.role.type === 'leader' && record.hardState.term === node.term) {
      node.role.reads.answered(node.id, record.readRound, true);
    }
  }
  maybeCommit(node);
  if (node.role.type !== 'leader') return;
  maybeFinishReadmissions(node, node.role);
  releaseReads(node, node.role);
}
