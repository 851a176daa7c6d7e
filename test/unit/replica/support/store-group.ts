/** A group of replicas of the key/value store in virtual time, and what the tests of this folder do with it. */

import {
  type CommandResult,
  DEFAULT_KV_SETTINGS,
  encodeCommand,
  formatClientId,
  type KvSettings,
  type Query,
  type QueryResult,
  type Session,
} from '../../../../src/kv/index.ts';
import type {
  LocalQueryOutcome,
  ProposeOutcome,
  QueryAtOutcome,
  Replica,
  ReplicaLimits,
} from '../../../../src/replica/index.ts';
import { StoreStateMachine } from '../../../../src/shard/index.ts';
import { Group, limitsFor } from '../../../labs/group.ts';
import { kvServices, ONLY_SHARD } from '../../../labs/kv-services.ts';
import { createLabWorld, wallClockMs } from '../../../labs/lab-world.ts';

export type StoreReplica = Replica<CommandResult, Query, QueryResult>;

export interface StoreGroupOptions {
  readonly seed?: number;
  readonly servers?: number;
  readonly isReliable?: boolean;
  readonly limits?: Partial<ReplicaLimits>;
  readonly settings?: Partial<KvSettings>;
  readonly skewMs?: (server: number) => number;
}

const PATIENCE_MS = 10_000;

export class StoreGroup {
  readonly world;
  readonly group;

  constructor(options: StoreGroupOptions = {}) {
    const { seed = 1, servers = 3, isReliable = true, limits, settings, skewMs = () => 0 } = options;
    this.world = createLabWorld(seed, isReliable);
    this.group = new Group<CommandResult, Query, QueryResult>(this.world, {
      name: 'store',
      servers,
      limits: { ...limitsFor(-1), ...limits },
      skewMs,
      stateMachine: () => new StoreStateMachine(() => ONLY_SHARD, { ...DEFAULT_KV_SETTINGS, ...settings }),
      attach: (replica) => ({ services: kvServices(replica) }),
    });
  }

  run(durationMs: number): void {
    this.world.scheduler.runFor(durationMs);
  }

  until(condition: () => boolean): void {
    if (!this.world.scheduler.runUntilTrue(condition, PATIENCE_MS))
      throw new Error('it did not happen in time');
  }

  /** Waits for a leader that can serve, and returns its number. */
  leader(): number {
    this.until(() => this.group.leader !== undefined);
    return this.group.leader ?? 0;
  }

  follower(): number {
    const leader = this.leader();
    return this.group.servers.find((server) => server !== leader) ?? 0;
  }

  replica(server: number): StoreReplica {
    const replica = this.group.replica(server);
    if (replica === undefined) throw new Error(`server ${server} is down`);
    return replica;
  }

  /** An id as of the clock of the world, whatever the clock of a server says. */
  client(name: string): string {
    return formatClientId(wallClockMs(this.world), name);
  }

  /** The outcome of one attempt at this server. */
  append(server: number, session: Session, value: string): ProposeOutcome<CommandResult> {
    let outcome: ProposeOutcome<CommandResult> | undefined;
    const command = { type: 'append', key: 'key', value: new TextEncoder().encode(value) } as const;
    this.replica(server).propose(encodeCommand({ session, command }), (ended) => {
      outcome = ended;
    });
    this.until(() => outcome !== undefined);
    if (outcome === undefined) throw new Error('no outcome');
    return outcome;
  }

  /** The log index of a write at the leader. */
  write(client: string, sequence: number, value = 'x'): number {
    const outcome = this.append(this.leader(), { client, sequence }, value);
    if (outcome.type !== 'applied') throw new Error(`a write ended as ${outcome.type}`);
    return outcome.index;
  }
}

export function textOf(outcome: QueryAtOutcome<QueryResult> | LocalQueryOutcome<QueryResult>): string {
  if (outcome.type !== 'answered') return outcome.type;
  return outcome.answer.type === 'found' ? new TextDecoder().decode(outcome.answer.value) : '';
}
