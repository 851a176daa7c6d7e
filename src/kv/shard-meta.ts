import { invariant } from '../protocol/index.ts';
import { FormatError, type Table, type TableReader } from '../storage/index.ts';
import { decodeFields, encodeFields, isCount } from './fields.ts';
import { metaKey } from './rows.ts';

/** What a shard knows of itself. It travels with the shard. */
export interface ShardMeta {
  /** Rises by one with each write in the shard, and is the version of what that write wrote. */
  readonly revision: number;
  /** The latest time a leader has stamped: the shard's clock, which never goes back. */
  readonly timeMs: number;
  readonly sweep: Sweep;
}

/** How far the removal of expired sessions has come: see sessions.ts. */
export interface Sweep {
  /** The client whose session was examined last in this pass; '' before a pass. */
  readonly after: string;
  /** No session is examined before this time. */
  readonly dueMs: number;
}

/** The form of all rows of a shard (rows.ts). */
const ROW_FORMAT = 1;

const EMPTY_SHARD: ShardMeta = { revision: 0, timeMs: 0, sweep: { after: '', dueMs: 0 } };

export function readShardMeta(table: TableReader, shard: number): ShardMeta {
  const row = table.get(metaKey(shard));
  if (row === undefined) return EMPTY_SHARD;
  const [format, revision, timeMs, after, dueMs] = decodeFields(row) ?? [];
  if (format !== ROW_FORMAT)
    throw new FormatError(`shard ${shard} is stored in the unknown format ${format}`);
  invariant(
    isCount(revision) && isCount(timeMs) && typeof after === 'string' && isCount(dueMs),
    `the row of shard ${shard} cannot be read`,
  );
  return { revision, timeMs, sweep: { after, dueMs } };
}

export function writeShardMeta(table: Table, shard: number, meta: ShardMeta): void {
  const { revision, timeMs, sweep } = meta;
  table.put(metaKey(shard), encodeFields([ROW_FORMAT, revision, timeMs, sweep.after, sweep.dueMs]));
}
