import type { PeerReply, Request } from '../../src/raft/index.ts';

/** What tells messages apart in the hash of the trace. */
export function inShort(message: Request | PeerReply) {
  const { type, from, to, term } = message;
  const brief = { type, from, to, term };
  switch (message.type) {
    case 'append-request': {
      const { previous, entries, commit } = message;
      return { ...brief, previous: previous.index, entries: entries.length, commit };
    }
    case 'append-reply':
      return { ...brief, result: message.result.type };
    case 'vote-reply':
    case 'pre-vote-reply':
      return { ...brief, granted: message.granted };
    case 'snapshot-request': {
      const { snapshot, stream, cursor, done } = message.chunk;
      return { ...brief, index: snapshot.index, stream, cursor, done };
    }
    case 'snapshot-reply':
      return { ...brief, stream: message.stream, answers: message.answers, result: message.result.type };
    case 'pre-vote-request':
    case 'vote-request':
    case 'timeout-now':
      return brief;
    case 'introduction-request':
    case 'introduction-reply':
      return { ...brief, isFormed: message.membership !== undefined };
  }
}
