import type { Reply, Request } from '../../src/raft/index.ts';

/** What the trace says of a message. */
export function inShort(message: Request | Reply) {
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
    case 'snapshot-request':
      return {
        ...brief,
        index: message.snapshot.index,
        stream: message.stream,
        cursor: message.cursor,
        done: message.done,
      };
    case 'snapshot-reply':
      return { ...brief, stream: message.stream, answers: message.answers, result: message.result.type };
    case 'pre-vote-request':
    case 'vote-request':
    case 'timeout-now':
      return brief;
  }
}
