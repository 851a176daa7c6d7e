import type { CallOutcome, CallPort, TakenBack, Unanswered } from '../../src/client/index.ts';
import type { Change, ChangeResult } from '../../src/controller/index.ts';
import type { Command, CommandResult, Session, ValueResult } from '../../src/kv/index.ts';
import type { Consistency } from '../../src/protocol/index.ts';
import type { Configuration, GroupId, GroupInfo } from '../../src/shard/index.ts';
import type { EdgeBudgets } from './edge-budgets.ts';

/** What the HTTP API stands on. Each deployment makes one from its bindings; a test makes one of plain objects. */
export interface Backends {
  /** The replicated store. */
  readonly kv: KvBackend;
  /** The unreplicated server. */
  readonly solo: KvBackend;
  readonly cluster: ClusterBackend;
  /** What may be kept for requests under way. */
  readonly budgets: EdgeBudgets;
  /** A description of the deployment, for people and dashboards; anything that JSON can say. */
  status(): Promise<unknown>;
  /** What the replicas of a group did of late. */
  trace(group: string): Promise<GroupTrace>;
  /** A fresh client id. Nothing is stored before its first write, in either store. Undefined: no answer in time. */
  newClient(): Promise<NewClient | undefined>;
  /** Whether `newClient` has issued this id. */
  checkClient(client: string): Promise<CheckedClient>;
}

/**
 * A store, wherever it runs. Every call settles within the backend's own deadline, and what can go wrong is an
 * answer; a rejection is a bug, and the client hears "internal error" with an unknown outcome.
 */
export interface KvBackend {
  /** Positions name shards by these numbers. */
  shardOf(key: string): number;
  /** Without a session, a backend that resends must make one of its own, or the command could be executed twice. */
  write(command: Command, session: Session | undefined): Promise<CallOutcome<CommandResult>>;
  read(request: ReadRequest): Promise<CallOutcome<ValueResult>>;
  /** The same store for one request that asks very much, whose pauses are made by `pause`. Left out where pauses cost nothing. */
  pausingBy?(pause: CallPort['pause']): KvBackend;
}

export interface ReadRequest {
  readonly key: string;
  readonly consistency: Consistency;
  /** The answer must reflect at least this revision of the key's shard. */
  readonly minRevision: number;
}

/** The shard controller, and what the groups say of their shards. */
export interface ClusterBackend {
  /** The shards and who has them, moves under way included; anything that JSON can say. Undefined: no answer in time. */
  describe(): Promise<unknown>;
  /** The configuration of that number or, if there is none, the latest. Undefined: no answer in time. */
  configuration(number: number): Promise<Configuration | undefined>;
  /** Undefined: no answer in time, the outcome is unknown. With settings that contradict the cluster nothing is changed. */
  change(change: Change): Promise<ChangeOutcome | undefined>;
  /** Takes back a voter that has lost its disk, or whose disk is damaged. `group` is the number of a store group, or `controller`. */
  readmit(group: string, replica: number): Promise<ReadmitOutcome>;
  /** A store group of that number, as this deployment makes them. */
  group(number: number): readonly [GroupId, GroupInfo];
}

export type ChangeOutcome = ChangeResult | Extract<Unanswered, { type: 'shard-count' }>;

export type ReadmitOutcome = CallOutcome<TakenBack> | { readonly type: 'no-such-group' };

export type GroupTrace =
  | { readonly type: 'trace'; readonly lines: string; readonly silent: readonly string[] }
  /** This deployment keeps no notes. */
  | { readonly type: 'off' }
  | { readonly type: 'no-such-group' };

/** `client` is the id that the store knows. */
export type CheckedClient =
  | { readonly type: 'issued'; readonly client: string }
  | { readonly type: 'not-issued' }
  /** Nobody can tell just now. */
  | { readonly type: 'no-answer' };

export interface NewClient {
  readonly client: string;
  /** After this time the client must take a new id, once it has no call outstanding. */
  readonly renewAfterMs: number;
  /** A session is forgotten this long after its last write. */
  readonly sessionTtlMs: number;
}
