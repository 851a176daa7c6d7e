/**
 * What the core does, as prose: one line a fact, the same in golden scripts, in the simulator and in production. Each
 * line begins with the number of the replica that it is about.
 */

import type { Effects, Store } from './effects.ts';
import type { AppendReply, AppendRequest, Message, SnapshotReply, SnapshotRequest } from './messages.ts';
import type { Status } from './status.ts';
import type { Entry, Index, LogId } from './types.ts';

/** How the bytes read that the core knows nothing about. */
export interface Wording {
  /** The payload of a command; '' says nothing of it. */
  payload(entry: Entry): string;
  /** The data of a snapshot's chunk. */
  chunk(data: Uint8Array): string;
}

/** Says how many bytes there are, and gives away none of them. */
export const SIZES: Wording = {
  payload: ({ payload }) => describeSize(payload.byteLength),
  chunk: (data) => describeSize(data.byteLength),
};

export function describeSize(bytes: number): string {
  return `(${bytes} bytes)`;
}

type Lines = readonly string[];

/** Role first, since the rest follows from it; then in the order in which a host carries effects out. */
export function describeEffects(
  effects: Effects,
  commitBefore: Index,
  after: Status,
  wording: Wording,
): Lines {
  const { id } = after;
  const { proposal, reads, store, apply } = effects;
  return [
    ...(effects.roleChanged ? [`${id} ${describeRole(after)}`] : []),
    ...(after.commit > commitBefore ? [`${id} knows ${after.commit} is committed`] : []),
    ...(store === undefined ? [] : [`${id} stores #${store.id}: ${describeStore(store, wording)}`]),
    ...(apply.length === 0 ? [] : [`${id} applies ${describeEntries(apply, wording)}`]),
    ...(proposal === undefined ? [] : [`${id} answers the proposal: ${describeOutcome(proposal)}`]),
    ...reads.map((read) => `${id} answers read ${read.id}: ${describeOutcome(read.outcome)}`),
    ...effects.chunkRequests.map(({ to, stream, cursor }) =>
      stream === undefined
        ? `${id} begins a snapshot for ${to}`
        : `${id} reads chunk '${cursor}' of ${stream} for ${to}`,
    ),
  ];
}

export function describeRole({ role, term, leader }: Status): string {
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

function describeStore(store: Store, wording: Wording): string {
  const { hardState, truncateFrom, append, compactThrough, install, touch, membership } = store;
  const parts = [
    ...(hardState === undefined
      ? []
      : [`term ${hardState.term} vote ${hardState.votedFor === undefined ? 'none' : hardState.votedFor}`]),
    ...(truncateFrom === undefined ? [] : [`cut from ${truncateFrom}`]),
    ...(append.length === 0 ? [] : [`append ${describeEntries(append, wording)}`]),
    ...(install === undefined
      ? []
      : [`${install.done ? 'last chunk' : 'chunk'} '${install.cursor}' of ${install.stream}`]),
    ...(compactThrough === undefined ? [] : [`log begins after ${describeId(compactThrough)}`]),
    ...(touch ? ['touch'] : []),
    ...(membership === undefined ? [] : ['who belongs to the group']),
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
    case 'storage-full':
      return 'no room for it';
  }
}

export function describeMessage(message: Message, wording: Wording): string {
  return `${message.from} -> ${message.to} [${message.term}] ${describeBody(message, wording)}`;
}

function describeBody(message: Message, wording: Wording): string {
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
      return `${describeAppend(message, wording)}${describeRound(message.readRound, message.touch)}`;
    case 'append-reply':
      return `${describeAppendResult(message)}${describeRound(message.readRound, message.touched)}`;
    case 'snapshot-request':
      return describeChunk(message, wording);
    case 'snapshot-reply':
      return describeChunkReply(message);
    case 'timeout-now':
      return 'campaign now';
    case 'introduction-request':
      return message.membership === undefined ? 'who are you?' : 'this is our group';
    case 'introduction-reply':
      return message.membership === undefined ? 'I know of no group' : 'I am of this group';
  }
}

function describeAppend({ previous, entries, commit }: AppendRequest, wording: Wording): string {
  return `append after ${describeId(previous)}: ${describeEntries(entries, wording)}, commit ${commit}`;
}

function describeAppendResult({ result }: AppendReply): string {
  return result.type === 'accepted'
    ? `agreed up to ${result.match}`
    : `nothing to follow at ${result.previous}, try ${describeId(result.hint)}`;
}

function describeRound(round: number, isFromDisk: boolean): string {
  return round === 0 ? '' : `, round ${round}${isFromDisk ? ' from disk' : ''}`;
}

function describeChunk({ chunk }: SnapshotRequest, wording: Wording): string {
  const { snapshot, stream, cursor, data, done } = chunk;
  const part = `${done ? 'last chunk' : 'chunk'} '${cursor}' of ${stream}`;
  return `snapshot at ${describeId(snapshot)}, ${part}: ${wording.chunk(data)}`;
}

function describeChunkReply({ result, stream, answers }: SnapshotReply): string {
  const about = `(chunk '${answers}' of ${stream})`;
  return result.type === 'installed'
    ? `installed up to ${result.match} ${about}`
    : `go on with '${result.cursor}' ${about}`;
}

export function describeEntries(entries: readonly Entry[], wording: Wording): string {
  if (entries.length === 0) return 'nothing';
  return entries.map((entry) => describeEntry(entry, wording)).join(' ');
}

function describeEntry(entry: Entry, wording: Wording): string {
  const text = entry.kind === 'command' ? wording.payload(entry) : describeOwn(entry);
  return text === '' ? describeId(entry) : `${describeId(entry)} ${text}`;
}

function describeOwn({ readmission }: Entry): string {
  return readmission === undefined ? 'noop' : `replica ${readmission.replica} has disk ${readmission.disk}`;
}

export function describeId({ index, term }: LogId): string {
  return `${index}@${term}`;
}
