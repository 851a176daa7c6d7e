/**
 * A group with a migration host as it is deployed, over a state machine that says what the test says is to be done, and
 * a disk that takes its time.
 */

import { encodeRowChanges } from '../../../../src/codec/index.ts';
import {
  asGroupId,
  asShardId,
  SHARD_ANSWER,
  SHARD_COMMAND,
  type ShardAnswer,
  type ShardCommand,
  type ShardId,
  type ShardState,
  type StoreAnswer,
  type StoreQuery,
  type StoreResult,
  type Work,
} from '../../../../src/shard/index.ts';
import type { ReplicaStorage } from '../../../../src/storage/index.ts';
import { type MigrationSettings, openStore } from '../../../../src/store/index.ts';
import { done, type Said, type Script, ScriptedPort } from '../../client/support/scripted-port.ts';
import { ServedGroup } from './served-group.ts';

export const SETTINGS: MigrationSettings = {
  limits: {
    partBytesMax: 1000,
    bulkBytesMin: 100,
    arrivalsPerGroupMax: 4,
    servedChangesPartsMax: 2,
    settledEvery: 64,
  },
  pollMs: 100_000,
  patienceMs: 50,
  restsPerWork: 12,
  restMsMax: 1000,
  pauseMs: 1,
};

/** What one write to the disk takes. */
export const FLUSH_MS = 20;

export interface Applied {
  readonly command: ShardCommand;
  readonly atMs: number;
}

export interface DrivingOptions {
  readonly servers?: number;
  readonly settings?: Partial<MigrationSettings>;
  /** What the controller and the other groups answer. */
  readonly script?: Script;
  /** Read anew each time. */
  readonly work: () => Partial<Work>;
  /** What a command comes to at the replica that applies it; "done" if not told. */
  readonly apply?: (command: ShardCommand) => StoreResult | undefined;
}

export class DrivingGroup extends ServedGroup<StoreResult, StoreQuery, StoreAnswer> {
  /** By server, of all its lives. */
  readonly applied: Applied[][];
  readonly ports: ScriptedPort[] = [];

  constructor({ servers = 1, settings, script = () => 'silent', work, apply }: DrivingOptions) {
    const applied: Applied[][] = Array.from({ length: servers }, () => []);
    const ports: ScriptedPort[] = [];
    super({
      servers,
      open: (parts, { scheduler }) => {
        const server = parts.options.raft.id - 1;
        const port = new ScriptedPort(script, scheduler);
        ports[server] = port;
        const stateMachine = {
          apply(_table: unknown, bytes: Uint8Array): StoreResult {
            const command = SHARD_COMMAND.decode(bytes);
            applied[server]?.push({ command, atMs: scheduler.nowMs });
            return apply?.(command) ?? { type: 'done' };
          },
          query: (_table: unknown, { type }: StoreQuery): StoreAnswer =>
            type === 'work'
              ? {
                  type,
                  group: asGroupId(1),
                  configuration: 0,
                  shardCount: 1,
                  shards: [],
                  confirmations: [],
                  lostWith: undefined,
                  ...work(),
                }
              : { type: 'not-now' },
        };
        const slow = (storage: ReplicaStorage): ReplicaStorage => ({
          table: storage.table,
          stateBytes: 0,
          checkpoint: () => storage.checkpoint(),
          open: (membership) => storage.open(membership),
          write: (turn) => storage.write(turn),
          flush: (onDurable) => storage.flush(() => scheduler.after(FLUSH_MS, onDurable)),
          openView: () => storage.openView(),
          shortage: () => storage.shortage(),
        });
        return openStore({
          ...parts,
          storage: slow(parts.storage),
          stateMachine,
          shardOf: () => asShardId(0),
          shardCount: undefined,
          migration: {
            port,
            settings: { ...SETTINGS, ...settings },
            controller: { firstGroups: new Map(), newClient: () => 'nobody' },
            controllerReplicas: ['controller/1'],
            replicasOf: (group) => [`group-${group}/1`],
          },
        });
      },
    });
    this.applied = applied;
    this.ports = ports;
  }

  /** Of a group of one. */
  get commands(): readonly Applied[] {
    return this.applied[0] ?? [];
  }

  get port(): ScriptedPort {
    const [port] = this.ports;
    if (port === undefined) throw new Error('nobody has started');
    return port;
  }
}

export const OTHER = { group: asGroupId(2), replicas: ['group-2/1'] };
export const SHARDS = [1, 2, 3].map(asShardId);
export const FIRST = asShardId(1);
export const DELETING: ShardState = { type: 'deleting' };
export const LEAVING: ShardState = {
  type: 'leaving',
  configuration: 5,
  sinceMs: 0,
  to: OTHER.group,
  due: 5,
  frozen: false,
  returning: false,
  record: 'kept',
  since: 0,
  changes: 0,
  recordBytes: 0,
};
export const CONFIRMATION = { shard: FIRST, configuration: 5, to: OTHER };

export const arriving = (cursor = ''): ShardState => ({
  type: 'arriving',
  configuration: 5,
  sinceMs: 0,
  from: OTHER,
  move: 5,
  since: 0,
  clearing: false,
  cursor,
  copied: false,
  changes: 0,
});

export const shardAnswer = (answer: ShardAnswer): Said => done(SHARD_ANSWER.encode(answer));
export function rowsPart(shard: ShardId, valueBytes: number) {
  const key = `${shard.toString(16).padStart(4, '0')}da`;
  const rows = encodeRowChanges([[key, new Uint8Array(valueBytes)]]);
  return { type: 'rows', since: 0, cursor: '', nextCursor: key, done: false, rows } as const;
}
export const ROWS = rowsPart(FIRST, 8);
