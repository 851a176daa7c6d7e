/**
 * Whether a message can be what a member of this group says at this moment. Whoever else sends it, and whatever bytes it
 * is made of: a message that cannot be true is dropped here, as if it had been lost, and the handlers rely on the rest.
 * What only lies about its sender's own disk is beyond this: Raft tolerates lost messages, not liars (Raft §2).
 *
 * Invariants:
 * raft.G1  Only members are heard. The voters' numbers never change in a group's life, so a replica that is behind knows
 *          its leader all the same.
 * raft.G2  No message takes the term further than `termLeapMax` ahead, nor the log further than `indexLeapMax`: numbers
 *          that are used up would end all elections, or all writes, for ever.
 * raft.G3  A term has one leader: who hears one, or is one, follows no other in that term.
 */

import { hearsLeader } from './election.ts';
import type { Membership } from './membership.ts';
import type { Message } from './messages.ts';
import type { Node } from './node.ts';
import { asTerm, type LogId, ORIGIN, type Term } from './types.ts';

/** Of a term that is not ahead of one's own by more than the leap: `nearTerm` sees to that. */
export function isCredible(node: Node, message: Message): boolean {
  const isForMe = message.to === node.id && message.from !== node.id;
  return (
    isForMe && node.membership.includes(message.from) && agreesWithItself(message) && fits(node, message)
  );
}

/**
 * The term of a message, or one on the way there. Terms may pass while a replica is cut off, as many as there were
 * elections: it comes nearer with each message that it hears, and adopting a term before its time promises nothing.
 */
export function nearTerm(node: Node, term: Term): Term {
  return asTerm(Math.min(term, node.term + node.options.termLeapMax));
}

/** What needs no knowledge of the group. */
function agreesWithItself(message: Message): boolean {
  const { term } = message;
  switch (message.type) {
    case 'pre-vote-request':
      return isPosition(message.last, term) && isPosition(message.commit ?? ORIGIN, term);
    case 'pre-vote-reply':
      return isPosition(message.commit ?? ORIGIN, term);
    case 'vote-request':
      return isPosition(message.last, term);
    case 'append-request':
      return isPosition(message.previous, term) && areInOrder(message.previous, message.entries, term);
    case 'append-reply':
      return message.result.type === 'accepted' || isPosition(message.result.hint, term);
    case 'snapshot-request':
      return message.chunk.snapshot.index > 0 && isPosition(message.chunk.snapshot, term);
    case 'vote-reply':
    case 'snapshot-reply':
    case 'timeout-now':
    case 'introduction-request':
    case 'introduction-reply':
      return true;
  }
}

/** Nobody's log holds terms that he has not heard of. Before the log there is neither entry nor term. */
function isPosition({ index, term }: LogId, ownTerm: Term): boolean {
  return term <= ownTerm && index > 0 === term > 0;
}

function areInOrder(previous: LogId, entries: readonly LogId[], ownTerm: Term): boolean {
  let before = previous;
  for (const entry of entries) {
    if (entry.index !== before.index + 1 || entry.term < before.term || entry.term > ownTerm) return false;
    before = entry;
  }
  return true;
}

/** What this replica knows better. */
function fits(node: Node, message: Message): boolean {
  switch (message.type) {
    case 'append-request':
      return mayLead(node, message);
    case 'snapshot-request': {
      const { index, membership } = message.chunk.snapshot;
      const isNear = index <= node.log.lastIndex + node.options.indexLeapMax;
      return mayLead(node, message) && isOurs(node, membership) && isNear;
    }
    case 'timeout-now':
      return mayLead(node, message);
    case 'append-reply':
    case 'snapshot-reply':
      return answersWhatWasAsked(node, message);
    case 'introduction-request':
    case 'introduction-reply':
      return (
        message.membership === undefined || (message.membership.isFormed && isOurs(node, message.membership))
      );
    case 'pre-vote-request':
    case 'pre-vote-reply':
    case 'vote-request':
    case 'vote-reply':
      return true;
  }
}

function isOurs(node: Node, membership: Membership): boolean {
  return membership.includes(node.id) && membership.hasVotersOf(node.membership);
}

/** raft.G3. Who was taken for the leader and says nothing more may have been none: a learner has no other way out. */
function mayLead(node: Node, message: Message): boolean {
  const { role, term } = node;
  if (message.term !== term) return true;
  if (role.type === 'leader') return false;
  return role.type !== 'follower' || role.leader === message.from || !hearsLeader(node);
}

/** Nobody agrees with more of the log than there is, or confirms a round of reads that has not begun. */
function answersWhatWasAsked(
  { role, term, log }: Node,
  message: Extract<Message, { type: 'append-reply' | 'snapshot-reply' }>,
): boolean {
  if (role.type !== 'leader' || message.term !== term) return true;
  if (message.type === 'append-reply' && message.readRound > role.reads.round) return false;
  const { result } = message;
  return (result.type !== 'accepted' && result.type !== 'installed') || result.match <= log.lastIndex;
}
