/** How the events of a cluster read in a golden script. */

import type {
  AppendReply,
  AppendRequest,
  Effects,
  Entry,
  LogId,
  Message,
  ReplicaId,
  SnapshotReply,
  SnapshotRequest,
  Status,
  Store,
} from '../../../../src/raft/index.ts';
import { decodeCommands, decodeText } from '../rig/disk.ts';

type Lines = readonly string[];

/** Role first, since the rest follows from it; then in the order in which a host carries effects out. */
export function describeEffects(id: ReplicaId, effects: Effects, commitBefore: number, after: Status): Lines {
  const { proposal, reads, store, apply } = effects;
  return [
    ...(effects.roleChanged ? [`${id} ${describeRole(after)}`] : []),
    ...(after.commit > commitBefore ? [`${id} knows ${after.commit} is committed`] : []),
    ...(store === undefined ? [] : [`${id} stores #${store.id}: ${describeStore(store)}`]),
    ...(apply.length === 0 ? [] : [`${id} applies ${describeEntries(apply)}`]),
    ...(proposal === undefined ? [] : [`${id} answers the proposal: ${describeOutcome(proposal)}`]),
    ...reads.map((read) => `${id} answers read ${read.id}: ${describeOutcome(read.outcome)}`),
    ...effects.chunkRequests.map(({ to, stream, cursor }) =>
      stream === undefined
        ? `${id} begins a snapshot for ${to}`
        : `${id} reads chunk '${cursor}' of ${stream} for ${to}`,
    ),
  ];
}

function describeRole({ role, term, leader }: Status): string {
  switch (role) {
    case 'follower':
      return `follows ${leader ?? 'nobody'} in term ${term}`;
    case 'pre-candidate':
      return `asks whether it could win term ${term + 1}`;
    case 'candidate':
      return `campaigns in term ${term}`;
    case 'leader':
      return `leads term ${term}`;
  }
}

function describeStore(store: Store): string {
  const { hardState, truncateFrom, append, compactThrough, install, touch } = store;
  const parts = [
    ...(hardState === undefined
      ? []
      : [`term ${hardState.term} vote ${hardState.votedFor === undefined ? 'none' : hardState.votedFor}`]),
    ...(truncateFrom === undefined ? [] : [`cut from ${truncateFrom}`]),
    ...(append.length === 0 ? [] : [`append ${describeEntries(append)}`]),
    ...(install === undefined
      ? []
      : [`${install.done ? 'last chunk' : 'chunk'} '${install.cursor}' of ${install.stream}`]),
    ...(compactThrough === undefined ? [] : [`log begins after ${describeId(compactThrough)}`]),
    ...(touch ? ['touch'] : []),
  ];
  return parts.join('; ');
}

type Outcome = NonNullable<Effects['proposal']> | Effects['reads'][number]['outcome'];

function describeOutcome(outcome: Outcome): string {
  switch (outcome.type) {
    case 'accepted':
      return `accepted as ${describeId(outcome)}`;
    case 'ready':
      return `ready at ${outcome.index}`;
    case 'not-leader':
      return outcome.leader === undefined ? 'not the leader' : `not the leader, that is ${outcome.leader}`;
    case 'overloaded':
      return 'overloaded';
  }
}

export function describeMessage(message: Message): string {
  return `${message.from} -> ${message.to} [${message.term}] ${describeBody(message)}`;
}

function describeBody(message: Message): string {
  switch (message.type) {
    case 'pre-vote-request':
      return `would you vote for me? my last entry is ${describeId(message.last)}`;
    case 'pre-vote-reply':
      return `in term ${message.campaignTerm} I would${message.granted ? '' : ' not'}`;
    case 'vote-request':
      return `vote for me${message.transfer ? ' (a transfer)' : ''}, my last entry is ${describeId(message.last)}`;
    case 'vote-reply':
      return message.granted ? 'you have my vote' : 'no vote';
    case 'append-request':
      return `${describeAppend(message)}${describeRound(message.readRound, message.touch)}`;
    case 'append-reply':
      return `${describeAppendResult(message)}${describeRound(message.readRound, message.touched)}`;
    case 'snapshot-request':
      return describeChunk(message);
    case 'snapshot-reply':
      return describeChunkReply(message);
    case 'timeout-now':
      return 'campaign now';
  }
}

function describeAppend({ previous, entries, commit }: AppendRequest): string {
  return `append after ${describeId(previous)}: ${describeEntries(entries)}, commit ${commit}`;
}

function describeAppendResult({ result }: AppendReply): string {
  return result.type === 'accepted'
    ? `agreed up to ${result.match}`
    : `nothing to follow at ${result.previous}, try ${describeId(result.hint)}`;
}

function describeRound(round: number, isFromDisk: boolean): string {
  return round === 0 ? '' : `, round ${round}${isFromDisk ? ' from disk' : ''}`;
}

function describeChunk({ snapshot, stream, cursor, data, done }: SnapshotRequest): string {
  const items = decodeCommands(data).join(' ');
  return `snapshot at ${describeId(snapshot)}, ${done ? 'last chunk' : 'chunk'} '${cursor}' of ${stream}: ${items}`;
}

function describeChunkReply({ result, stream, answers }: SnapshotReply): string {
  const about = `(chunk '${answers}' of ${stream})`;
  return result.type === 'installed'
    ? `installed up to ${result.match} ${about}`
    : `go on with '${result.cursor}' ${about}`;
}

export function describeEntries(entries: readonly Entry[]): string {
  if (entries.length === 0) return 'nothing';
  return entries.map((entry) => `${describeId(entry)}${describePayload(entry)}`).join(' ');
}

/** Entries that a script starts with have no text of their own. */
function describePayload(entry: Entry): string {
  if (entry.kind === 'noop') return ' noop';
  const text = decodeText(entry.payload);
  if (text === describeId(entry)) return '';
  return text.length > 20 ? ` (${text.length} bytes)` : ` ${text}`;
}

export function describeId({ index, term }: LogId): string {
  return `${index}@${term}`;
}

export function describeStatus(status: Status): Lines {
  const { id, last, commit, applied, compacted } = status;
  return [
    `${id} ${describeRole(status)}; last ${describeId(last)}, commit ${commit}, applied ${applied}` +
      (compacted.index === 0 ? '' : `, log begins after ${describeId(compacted)}`),
    ...status.peers.map(
      (peer) => `  ${peer.id}: ${peer.replication}, match ${peer.match}, next ${peer.next}`,
    ),
  ];
}
