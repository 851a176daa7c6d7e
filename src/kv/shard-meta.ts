import { Codec, type Described, natural, text, tuple } from '../codec/index.ts';
import type { Table, TableReader } from '../storage/index.ts';
import { metaKey } from './rows.ts';

/** How far the removal of expired sessions has come: see sessions.ts. */
const sweep = tuple({
  /** The client whose session was examined last in this pass; '' before a pass. */
  after: text,
  /** No session is examined before this time. */
  dueMs: natural,
});
export type SessionSweep = Described<typeof sweep>;

/** What a shard knows of all its sessions together: see sessions.ts. */
const ledger = tuple({
  sessions: natural,
  /** Of their rows, keys and values. */
  bytes: natural,
  /** The latest client id of all whose sessions were forgotten; '' as long as none was. */
  horizon: text,
  /** No session has this client id or an earlier one. */
  evicted: text,
});
export type SessionLedger = Described<typeof ledger>;

/** What a shard knows of itself. It travels with the shard. */
const shardMeta = tuple({
  /** Rises by one with each write in the shard, and is the version of what that write wrote. */
  revision: natural,
  /** The shard's clock, which never goes back: kv.K6 in machine.ts. */
  timeMs: natural,
  sweep,
  ledger,
});
type ShardMeta = Described<typeof shardMeta>;

/** The number speaks for the form of all rows of a shard (rows.ts). */
export const SHARD_META: Codec<ShardMeta> = new Codec('the row of a shard', shardMeta, 3);

const EMPTY_SHARD: ShardMeta = {
  revision: 0,
  timeMs: 0,
  sweep: { after: '', dueMs: 0 },
  ledger: { sessions: 0, bytes: 0, horizon: '', evicted: '' },
};

export function readShardMeta(table: TableReader, shard: number): ShardMeta {
  const row = table.get(metaKey(shard));
  return row === undefined ? EMPTY_SHARD : SHARD_META.decode(row);
}

/** From now on versions are above this one: so many may have been given by a group that is lost. */
export function raiseRevision(table: Table, shard: number, revision: number): void {
  const meta = readShardMeta(table, shard);
  if (meta.revision < revision) writeShardMeta(table, shard, { ...meta, revision });
}

export function writeShardMeta(table: Table, shard: number, meta: ShardMeta): void {
  table.put(metaKey(shard), SHARD_META.encode(meta));
}
