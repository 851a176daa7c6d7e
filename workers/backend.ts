import type { Change, Outcome } from '../src/controller/index.ts';
import type { Command, CommandResult, Query, QueryResult, Session } from '../src/kv/index.ts';
import type { Consistency, FailedOutcome } from '../src/protocol/index.ts';
import type { Configuration, GroupId, GroupInfo } from '../src/shard/index.ts';

/** What the HTTP API stands on. Each deployment makes one from its bindings; a test makes one of plain objects. */
export interface Backends {
  /** The replicated store. */
  readonly kv: KvBackend;
  /** The unreplicated server. */
  readonly solo: KvBackend;
  readonly cluster: ClusterBackend;
  /** A description of the deployment, for people and dashboards; anything that JSON can say. */
  status(): Promise<unknown>;
  /** A fresh client id. Nothing is stored before its first write, in either store. */
  newClient(): NewClient;
}

/** The shard controller, and what the groups say of their shards. */
export interface ClusterBackend {
  /** The shards and who has them, moves under way included; anything that JSON can say. Undefined: no answer in time. */
  describe(): Promise<unknown>;
  /** The configuration of that number or, if there is none, the latest. Undefined: no answer in time. */
  configuration(number: number): Promise<Configuration | undefined>;
  /** Undefined: no answer in time, the outcome is unknown. */
  change(change: Change): Promise<Outcome | undefined>;
  /** A store group of that number, as this deployment makes them. */
  group(number: number): readonly [GroupId, GroupInfo];
}

/**
 * A store, wherever it runs. Every call settles within the backend's own deadline, and what can go wrong is an
 * answer; a rejection is a bug, and the client hears "internal error" with an unknown outcome.
 */
export interface KvBackend {
  /** Without a session, a backend that resends must make one of its own, or the command could be executed twice. */
  write(request: WriteRequest): Promise<WriteOutcome>;
  read(request: ReadRequest): Promise<ReadOutcome>;
}

export interface WriteRequest {
  readonly command: Command;
  readonly session: Session | undefined;
}

export interface ReadRequest {
  readonly query: Query;
  readonly consistency: Consistency;
  /** The answer must reflect at least this index of the log: what an earlier answer's `index` said. */
  readonly minIndex: number | undefined;
}

export type WriteOutcome = WriteAnswer | Unavailable | Overloaded;

export type ReadOutcome = ReadAnswer | Unavailable | Overloaded;

export interface WriteAnswer {
  readonly type: 'answer';
  readonly result: CommandResult;
  /** The position in the log that the answer reflects; undefined for a store without a log. */
  readonly index: number | undefined;
}

export interface ReadAnswer {
  readonly type: 'answer';
  readonly result: QueryResult;
  readonly index: number | undefined;
  /** For how long newer writes may have been missed; undefined if none can have been, or nobody knows. */
  readonly ageMs: number | undefined;
}

/** No replica could answer within the deadline. */
export interface Unavailable {
  readonly type: 'unavailable';
  readonly reason: 'no-leader' | 'timeout';
  readonly outcome: FailedOutcome;
  readonly retryAfterMs: number;
}

/** A queue is full. The request was not executed. */
export interface Overloaded {
  readonly type: 'overloaded';
  readonly retryAfterMs: number;
}

export interface NewClient {
  readonly client: string;
  /** After this time the client must take a new id, once it has no call outstanding. */
  readonly renewAfterMs: number;
  /** A session is forgotten this long after its last write. */
  readonly sessionTtlMs: number;
}
