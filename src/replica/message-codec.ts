/** How replicas' messages travel. A message of an unknown format counts as lost, and is never guessed. */

import {
  bytes,
  Codec,
  type Described,
  flag,
  list,
  natural,
  optional,
  type Shape,
  text,
  tuple,
  union,
} from '../codec/index.ts';
import type { Message } from '../raft/index.ts';
import { diskId, entry, index, logId, membership, replicaId, term } from '../storage/index.ts';

const envelope = { from: replicaId, to: replicaId, term, disk: optional(diskId) };

const message: Shape<Message> = union({
  'pre-vote-request': { ...envelope, last: logId, commit: optional(logId) },
  'pre-vote-reply': { ...envelope, campaignTerm: term, granted: flag, commit: optional(logId) },
  'vote-request': { ...envelope, last: logId, transfer: flag },
  'vote-reply': { ...envelope, granted: flag },
  'append-request': {
    ...envelope,
    previous: logId,
    entries: list(entry),
    commit: index,
    readRound: natural,
    touch: flag,
  },
  'append-reply': {
    ...envelope,
    result: union({ accepted: { match: index }, rejected: { previous: index, hint: logId } }),
    readRound: natural,
    touched: flag,
    reads: optional(natural),
  },
  'snapshot-request': {
    ...envelope,
    chunk: tuple({
      snapshot: tuple({ index, term, membership }),
      stream: text,
      cursor: text,
      nextCursor: text,
      data: bytes,
      done: flag,
    }),
  },
  'snapshot-reply': {
    ...envelope,
    stream: text,
    answers: text,
    result: union({ installed: { match: index }, continue: { cursor: text } }),
  },
  'timeout-now': envelope,
  'introduction-request': { ...envelope, membership: optional(membership) },
  'introduction-reply': { ...envelope, membership: optional(membership) },
});

/** The answer to a request of a peer. */
const peerAnswer = tuple({ reply: message, isShort: flag });

export const PEER_ANSWER: Codec<Described<typeof peerAnswer>> = new Codec(
  'an answer to a message',
  peerAnswer,
  1,
);

export const MESSAGE: Codec<Message> = new Codec('a message', message, 3);
