/**
 * Which objects are servers that are up. A test and its objects live in one isolate: what the test lays down here, an
 * object finds when it is made. One that is not here cannot be made, so that a crashed server stays down.
 */

import type { ControllerSettings } from '../../../src/controller/index.ts';
import type { ReplicaLimits } from '../../../src/replica/index.ts';
import type { ShardOf } from '../../../src/shard/index.ts';
import { REPLICA_RECORD } from '../../../src/storage/replica-record.ts';
import type { Env } from '../../../workers/env.ts';

export interface StartedServer {
  /** Its namespaces lead to the network of the test. */
  readonly env: Env;
  readonly settings: ServerSettings;
}

/** What the deployed classes take from elsewhere. */
export interface ServerSettings {
  readonly limits: ReplicaLimits;
  readonly shardOf?: ShardOf;
  readonly controller?: ControllerSettings;
}

export const startedServers = new Map<string, StartedServer>();

export function startedServer(ctx: DurableObjectState): StartedServer {
  const started = startedServers.get(ctx.id.name ?? '');
  if (started === undefined) throw new Error(`server ${ctx.id.name} is down`);
  return started;
}

export const LAB_PATHS = { crash: '/lab/crash', sizes: '/lab/sizes', rowKeys: '/lab/row-keys' } as const;

/** In bytes, but for the index. */
export interface DiskSizes {
  readonly raftState: number;
  /** Of the rows of the state table, sessions included: what a snapshot would hold. */
  readonly state: number;
  readonly compactedIndex: number;
}

/** What tests ask beside the protocol; undefined if it is nothing of that. */
export function serveLab(ctx: DurableObjectState, request: Request): Response | undefined {
  const { pathname } = new URL(request.url);
  if (pathname === LAB_PATHS.crash) ctx.abort('crashed by a test');
  if (pathname === LAB_PATHS.sizes) return Response.json(diskSizes(ctx.storage.sql));
  return pathname === LAB_PATHS.rowKeys ? Response.json(rowKeys(ctx.storage.sql)) : undefined;
}

const STATE_TABLES = ['state_0', 'large_0', 'state_1', 'large_1'];

function rowKeys(sql: SqlStorage): readonly string[] {
  const rows = sql.exec(STATE_TABLES.map((table) => `SELECT key FROM ${table}`).join(' UNION ALL ')).raw();
  return Array.from(rows, ([key]) => (key instanceof ArrayBuffer ? new TextDecoder().decode(key) : ''));
}

/** 8 bytes for the term and the kind of an entry. */
function diskSizes(sql: SqlStorage): DiskSizes {
  const [record] = sql.exec("SELECT value FROM meta WHERE key = 'replica'").raw();
  const [value] = record ?? [];
  if (!(value instanceof ArrayBuffer)) throw new Error('the disk has no record of a replica');
  const { compacted } = REPLICA_RECORD.decode(new Uint8Array(value));
  const log = sum(sql, `SELECT sum(length(payload) + 8) FROM log WHERE idx > ${compacted.index}`);
  const rows = (table: string) => sum(sql, `SELECT sum(length(key) + length(value)) FROM ${table}`);
  return {
    raftState: value.byteLength + log,
    state: STATE_TABLES.reduce((bytes, table) => bytes + rows(table), 0),
    compactedIndex: compacted.index,
  };
}

function sum(sql: SqlStorage, query: string): number {
  const [row] = sql.exec(query).raw();
  return Number(row?.[0] ?? 0);
}
