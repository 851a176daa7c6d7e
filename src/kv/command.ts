/** What clients ask of the store, and every answer there is, with their bytes. */

import {
  bytes,
  Codec,
  type Described,
  type Fields,
  flag,
  list,
  natural,
  naturalIn,
  naturalUpTo,
  text,
  tuple,
  union,
  type VariantsOf,
} from '../codec/index.ts';
import { COMMAND_REPLIES, type CommandReply, command, formatOf } from './operations.ts';
import { SHARDS_MAX } from './rows.ts';

/** Names one call of one client, over all its resends. */
const session = tuple({
  /** See client-id.ts. */
  client: text,
  /**
   * From 1, rising by one with each of the client's calls, whichever shard they go to. Each shard remembers the last one
   * that came to it, and knows nothing of others: a number used again for a key of another shard is another call.
   */
  sequence: natural,
});
export type Session = Described<typeof session>;

/** What a client sends to have something written exactly once, and what the log holds. */
const sessionCommand = tuple({ session, command });
export type SessionCommand = Described<typeof sessionCommand>;

export const SESSION_COMMAND: Codec<SessionCommand> = new Codec('a command', sessionCommand, (sent) =>
  formatOf(sent.command),
);

const query = union({
  get: { key: text },
  /** A page of the keys of one shard that begin alike. */
  scan: {
    shard: naturalUpTo(SHARDS_MAX - 1),
    prefix: text,
    /** The last key of the page before; '' for the first page. */
    after: text,
    /** At most so many rows. */
    rowsMax: naturalIn(1, Number.MAX_SAFE_INTEGER),
  },
});
export type Query = Described<typeof query>;
export type ScanQuery = Extract<Query, { type: 'scan' }>;

export const QUERY: Codec<Query> = new Codec('a query', query, 2);

/** The session rules forbid to execute the command now. It leaves no reply behind. */
const REFUSALS = {
  /** This sequence number was used for another command. */
  'sequence-reused': {},
  /** The client has since made the call `last`, so it had its answer to this one. */
  'sequence-stale': { last: natural },
  /**
   * The client id is too old, or too new, for a session to open at the shard's time `timeMs`. Whoever sent the command
   * for the first time may take an id issued at that time and try again; after a resend the outcome is unknown.
   */
  'session-expired': { timeMs: natural },
  /** No client id of this form, or no sequence number, can exist. */
  'session-malformed': {},
  /** The bytes are no command that this code knows, so no replica has executed anything. */
  unreadable: {},
} as const;
export type CommandRefusal = VariantsOf<typeof REFUSALS>;

export type CommandResult = CommandReply | CommandRefusal;

/** Each says of which revision of the shard it is: it reflects the writes up to that one, and no others. */
const QUERY_RESULTS = {
  found: { version: natural, value: bytes, revision: natural },
  absent: { revision: natural },
  /** `done`: there are no more. */
  scanned: { rows: list(tuple({ key: text, value: bytes })), done: flag, revision: natural },
} as const;
export type QueryResult = VariantsOf<typeof QUERY_RESULTS>;
export type ValueResult = Exclude<QueryResult, { type: 'scanned' }>;
export type ScanResult = Extract<QueryResult, { type: 'scanned' }>;

/** For those who have results of their own beside these. */
export const RESULTS: Readonly<Record<string, Fields>> = {
  ...COMMAND_REPLIES,
  ...REFUSALS,
  ...QUERY_RESULTS,
};
