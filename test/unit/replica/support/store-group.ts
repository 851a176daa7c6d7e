/** A group of replicas of the key/value store in virtual time, and what the tests of this folder do with it. */

import {
  DEFAULT_KV_SETTINGS,
  formatClientId,
  type KvSettings,
  SESSION_COMMAND,
  type Session,
} from '../../../../src/kv/index.ts';
import type { Replica, ReplicaAnswer, ReplicaLimits } from '../../../../src/replica/index.ts';
import {
  type StoreAnswer,
  type StoreQuery,
  type StoreResult,
  WholeStore,
} from '../../../../src/shard/index.ts';
import { openStore } from '../../../../src/store/index.ts';
import { onlyShardOf } from '../../../labs/clerk.ts';
import { Group, limitsFor } from '../../../labs/group.ts';
import { createLabWorld, wallClockMs } from '../../../labs/lab-world.ts';

export type StoreReplica = Replica<StoreResult, StoreQuery, StoreAnswer>;

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
    this.group = new Group<StoreResult, StoreQuery, StoreAnswer>(this.world, {
      name: 'store',
      servers,
      limits: { ...limitsFor(-1), ...limits },
      skewMs,
      open: (parts) => {
        const stateMachine = new WholeStore(onlyShardOf, { ...DEFAULT_KV_SETTINGS, ...settings });
        return openStore({
          ...parts,
          stateMachine,
          shardOf: onlyShardOf,
          shardCount: undefined,
          migration: undefined,
        });
      },
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
  append(server: number, session: Session, value: string): ReplicaAnswer<StoreResult> {
    let outcome: ReplicaAnswer<StoreResult> | undefined;
    const command = { type: 'append', key: 'key', value: new TextEncoder().encode(value) } as const;
    this.replica(server).propose(SESSION_COMMAND.encode({ session, command }), (ended) => {
      outcome = ended;
    });
    this.until(() => outcome !== undefined);
    if (outcome === undefined) throw new Error('no outcome');
    return outcome;
  }

  /** The log index of a write at the leader. */
  write(client: string, sequence: number, value = 'x'): number {
    const outcome = this.append(this.leader(), { client, sequence }, value);
    if (outcome.type !== 'done') throw new Error(`a write ended as ${outcome.type}`);
    return outcome.index;
  }
}

export function textOf(answer: ReplicaAnswer<StoreAnswer>): string {
  if (answer.type !== 'done') return answer.type;
  return answer.result.type === 'found' ? new TextDecoder().decode(answer.result.value) : '';
}
