/**
 * How replicas' messages travel: CBOR arrays, the number of the format first. Gradual rollouts let replicas of two
 * versions talk to each other, so an unknown format is refused, which counts as a lost message, and never guessed.
 */

import { decode, encode } from 'cborg';
import {
  asIndex,
  asReplicaId,
  asTerm,
  type Entry,
  type LogId,
  type Membership,
  type Message,
  unreachable,
} from '../raft/index.ts';

const MESSAGE_FORMAT = 1;

/** Bytes that are not a message this code understands. */
export class MessageFormatError extends Error {
  override readonly name = 'MessageFormatError';
}

export function encodeMessage(message: Message): Uint8Array {
  const { type, from, to, term } = message;
  return encode([MESSAGE_FORMAT, type, from, to, term, ...fieldsOf(message)]);
}

export function decodeMessage(bytes: Uint8Array): Message {
  const reader = new FieldReader(decodeItems(bytes));
  const format = reader.number();
  if (format !== MESSAGE_FORMAT) {
    throw new MessageFormatError(`message format ${format} is unknown; this code knows ${MESSAGE_FORMAT}`);
  }
  const type = reader.string();
  const envelope = {
    from: asReplicaId(reader.number()),
    to: asReplicaId(reader.number()),
    term: asTerm(reader.number()),
  };
  switch (type) {
    case 'pre-vote-request':
      return { ...envelope, type, last: reader.logId() };
    case 'pre-vote-reply':
      return { ...envelope, type, campaignTerm: asTerm(reader.number()), granted: reader.boolean() };
    case 'vote-request':
      return { ...envelope, type, last: reader.logId(), transfer: reader.boolean() };
    case 'vote-reply':
      return { ...envelope, type, granted: reader.boolean() };
    case 'append-request':
      return {
        ...envelope,
        type,
        previous: reader.logId(),
        commit: asIndex(reader.number()),
        readRound: reader.number(),
        touch: reader.boolean(),
        entries: reader.list(readEntry),
      };
    case 'append-reply': {
      const readRound = reader.number();
      const touched = reader.boolean();
      const accepted = reader.boolean();
      const index = asIndex(reader.number());
      const result = accepted
        ? ({ type: 'accepted', match: index } as const)
        : ({ type: 'rejected', previous: index, hint: reader.logId() } as const);
      return { ...envelope, type, readRound, touched, result };
    }
    case 'snapshot-request':
      return {
        ...envelope,
        type,
        snapshot: { ...reader.logId(), membership: reader.membership() },
        stream: reader.string(),
        cursor: reader.string(),
        nextCursor: reader.string(),
        data: reader.bytes(),
        done: reader.boolean(),
      };
    case 'snapshot-reply': {
      const stream = reader.string();
      const answers = reader.string();
      const result = reader.boolean()
        ? ({ type: 'installed', match: asIndex(reader.number()) } as const)
        : ({ type: 'continue', cursor: reader.string() } as const);
      return { ...envelope, type, stream, answers, result };
    }
    case 'timeout-now':
      return { ...envelope, type };
    default:
      throw new MessageFormatError(`message type ${type} is unknown`);
  }
}

function fieldsOf(message: Message): readonly unknown[] {
  switch (message.type) {
    case 'pre-vote-request':
      return logId(message.last);
    case 'pre-vote-reply':
      return [message.campaignTerm, message.granted];
    case 'vote-request':
      return [...logId(message.last), message.transfer];
    case 'vote-reply':
      return [message.granted];
    case 'append-request':
      return [
        ...logId(message.previous),
        message.commit,
        message.readRound,
        message.touch,
        message.entries.map(({ index, term, kind, payload }) => [index, term, kind, payload]),
      ];
    case 'append-reply': {
      const { readRound, touched, result } = message;
      return result.type === 'accepted'
        ? [readRound, touched, true, result.match]
        : [readRound, touched, false, result.previous, ...logId(result.hint)];
    }
    case 'snapshot-request': {
      const { snapshot, stream, cursor, nextCursor, data, done } = message;
      const { voters, learners } = snapshot.membership;
      return [...logId(snapshot), voters, learners, stream, cursor, nextCursor, data, done];
    }
    case 'snapshot-reply': {
      const { stream, answers, result } = message;
      return result.type === 'installed'
        ? [stream, answers, true, result.match]
        : [stream, answers, false, result.cursor];
    }
    case 'timeout-now':
      return [];
    default:
      return unreachable(message);
  }
}

function logId({ index, term }: LogId): readonly number[] {
  return [index, term];
}

function readEntry(item: unknown): Entry {
  const reader = new FieldReader(item);
  const index = asIndex(reader.number());
  const term = asTerm(reader.number());
  const kind = reader.string();
  if (kind !== 'command' && kind !== 'noop') throw new MessageFormatError(`entry kind ${kind} is unknown`);
  return { index, term, kind, payload: reader.bytes() };
}

function decodeItems(bytes: Uint8Array): unknown {
  try {
    return decode(bytes);
  } catch (error) {
    throw new MessageFormatError('the bytes are not CBOR', { cause: error });
  }
}

/** Reads an array's items one after the other, and says so when one is not what it should be. */
class FieldReader {
  readonly #items: readonly unknown[];
  #position = 0;

  constructor(items: unknown) {
    if (!Array.isArray(items)) throw new MessageFormatError('a message must be an array');
    this.#items = items;
  }

  number(): number {
    const value = this.#next();
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
      throw this.#wrong('a natural number');
    return value;
  }

  string(): string {
    const value = this.#next();
    if (typeof value !== 'string') throw this.#wrong('a string');
    return value;
  }

  boolean(): boolean {
    const value = this.#next();
    if (typeof value !== 'boolean') throw this.#wrong('a boolean');
    return value;
  }

  bytes(): Uint8Array {
    const value = this.#next();
    if (!(value instanceof Uint8Array)) throw this.#wrong('bytes');
    return value;
  }

  list<Item>(read: (item: unknown) => Item): readonly Item[] {
    const value = this.#next();
    if (!Array.isArray(value)) throw this.#wrong('a list');
    return value.map(read);
  }

  logId(): LogId {
    return { index: asIndex(this.number()), term: asTerm(this.number()) };
  }

  membership(): Membership {
    const readId = (item: unknown) => asReplicaId(new FieldReader([item]).number());
    return { voters: this.list(readId), learners: this.list(readId) };
  }

  #next(): unknown {
    const value = this.#items[this.#position];
    this.#position += 1;
    return value;
  }

  #wrong(expected: string): MessageFormatError {
    return new MessageFormatError(`item ${this.#position} of a message should be ${expected}`);
  }
}
