/** What clients may ask of the store, and every answer there is. */

export type Command =
  | { readonly type: 'put'; readonly key: string; readonly value: Uint8Array }
  | { readonly type: 'append'; readonly key: string; readonly value: Uint8Array }
  | { readonly type: 'delete'; readonly key: string };

export interface Query {
  readonly type: 'get';
  readonly key: string;
}

/** Names one call of one client, over all its resends. */
export interface Session {
  /** See client-id.ts. */
  readonly client: string;
  /** From 1, rising by one with each of the client's calls, whichever shard they go to. */
  readonly sequence: number;
}

/** What a client sends to have something written exactly once, and what the log holds. */
export interface SessionCommand {
  readonly session: Session;
  readonly command: Command;
}

/** The outcome of executing a command. It is recorded, and a resend gets it again. */
export type Reply =
  | { readonly type: 'written'; readonly version: number }
  /** `previous` is the value before the append; undefined when the key was absent. */
  | { readonly type: 'appended'; readonly version: number; readonly previous: Uint8Array | undefined }
  | { readonly type: 'deleted'; readonly version: number; readonly existed: boolean }
  /** The value to be stored would be longer than `bytesMax`; nothing is written. */
  | { readonly type: 'value-too-large'; readonly bytesMax: number }
  /** The key is longer than `bytesMax` in UTF-8; nothing is written. */
  | { readonly type: 'key-too-long'; readonly bytesMax: number }
  /** The key holds half of a surrogate pair, which has no UTF-8 form; nothing is written. */
  | { readonly type: 'key-malformed' };

/** The session rules forbid to execute the command now. It leaves no reply behind. */
export type Refusal =
  /** This sequence number was used for another command. */
  | { readonly type: 'sequence-reused' }
  /** The client has since made the call `last`, so it had its answer to this one. */
  | { readonly type: 'sequence-stale'; readonly last: number }
  /**
   * The client id is too old, or too new, for a session to open at the shard's time `timeMs`. Whoever sent the command
   * for the first time may take an id issued at that time and try again; after a resend the outcome is unknown.
   */
  | { readonly type: 'session-expired'; readonly timeMs: number }
  /** No client id of this form, or no sequence number, can exist. */
  | { readonly type: 'session-malformed' };

export type CommandResult = Reply | Refusal;

export type QueryResult =
  | { readonly type: 'found'; readonly value: Uint8Array; readonly version: number }
  | { readonly type: 'absent' };
