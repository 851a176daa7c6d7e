/**
 * How a group comes into being, once. A replica with a new disk cannot know whether the group is new or has lost this
 * disk, so it asks. If anybody belongs to a formed group, that is the group: the replica is a member of it if its own
 * disk is named there, and forgetful if not. Only if all others are without a group, too, the one with the lowest number
 * writes down who has which disk, and tells them. Until then nobody votes or campaigns (docs/decisions/0010).
 *
 * Invariants:
 * raft.B1  A group is formed only by answers, given to this very life, of all other members.
 * raft.B2  Others are told only when it is durable.
 */

import { startPreVote } from './election.ts';
import type { Membership } from './membership.ts';
import type { IntroductionReply, IntroductionRequest, Message } from './messages.ts';
import type { Node } from './node.ts';
import { electionDeadline } from './transitions.ts';

/** Again and again, until there is a group. */
export function askAround(node: Node): void {
  const { role, membership } = node;
  if (role.type === 'follower') role.electionAtMs = electionDeadline(node);
  for (const peer of membership.peersOf(node.id)) {
    node.send({ type: 'introduction-request', to: peer, membership: undefined });
  }
  maybeForm(node);
}

/** Who sends anything else belongs to a group. */
export function askBack(node: Node, { from }: Message): void {
  node.send({ type: 'introduction-request', to: from, membership: undefined });
}

export function handleIntroductionRequest(node: Node, { from, membership }: IntroductionRequest): void {
  if (node.isUnformed && membership !== undefined) join(node, membership);
  const own = node.membership.isFormed ? node.membership : undefined;
  node.promise({ type: 'introduction-reply', to: from, membership: own });
  // What was asked says nothing about now (raft.B1): the one who could form the group asks for itself.
  if (node.isUnformed && isLowest(node) && !node.introduced.has(from)) {
    node.send({ type: 'introduction-request', to: from, membership: undefined });
  }
}

export function handleIntroductionReply(node: Node, { from, disk, membership }: IntroductionReply): void {
  if (node.isUnformed) {
    if (membership !== undefined) return join(node, membership);
    if (disk !== undefined) node.introduced.set(from, disk);
    maybeForm(node);
  } else if (membership !== undefined) {
    node.joined?.add(from);
    maybeBegin(node);
  }
}

function join(node: Node, membership: Membership): void {
  node.setMembership(membership);
  if (node.role.type === 'follower') node.role.electionAtMs = electionDeadline(node);
}

function maybeForm(node: Node): void {
  const { membership, introduced, id, disk } = node;
  const peers = membership.peersOf(id);
  const isComplete = peers.every((peer) => introduced.has(peer));
  if (!isComplete || !isLowest(node) || disk === undefined) return;
  const formed = membership.withDisks(new Map(introduced).set(id, disk));
  node.setMembership(formed);
  node.joined = new Set([id]);
  for (const peer of peers) node.promise({ type: 'introduction-request', to: peer, membership: formed });
  maybeBegin(node);
}

/** A group that was just formed has no leader: whoever formed it need not wait for silence. */
function maybeBegin(node: Node): void {
  const { joined, membership, role } = node;
  if (joined === undefined || !membership.isQuorum(joined)) return;
  node.joined = undefined;
  if (role.type === 'follower' && role.leader === undefined && node.isVoter) startPreVote(node);
}

function isLowest({ membership, id }: Node): boolean {
  return membership.peersOf(id).every((peer) => peer > id);
}
