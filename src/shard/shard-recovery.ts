/**
 * What becomes of a move that cannot go on as it began: its record has grown too long, or a group that it needs is lost.
 *
 * shard.L1  A copy that begins anew begins with nothing: rows of an earlier attempt are removed first, since what the source
 *           has deleted meanwhile would stay.
 * shard.L2  A shard goes to one taker at a time, and to later ones only: a group that was declared lost, and does not
 *           know it, gets nothing of a shard that was promised to another.
 * shard.L3  A shard begins anew with nothing only when the groups that had it are lost, or have given it to those.
 * shard.L4  After a loss the versions of a shard go on above all that the lost group can have given.
 */
import { raiseRevision } from '../kv/index.ts';
import type { Table } from '../storage/index.ts';
import { type GroupId, NOBODY, type ShardId } from './configuration.ts';
import {
  type ArrivingShard,
  deleteConfirmation,
  type LeavingShard,
  type Neighbour,
  readConfirmations,
  readLostWith,
  readShardState,
  readShardStates,
  writeLostWith,
  writeShardState,
} from './shard-state.ts';

/** How long the record of what changes in a leaving shard may be; then it is dropped, and the copy begins anew. */
export interface RecordLimits {
  readonly recordRowsMax: number;
  readonly recordBytesMax: number;
}

/** As many changes as a busy shard sees while a large one is copied; on disk, not in memory. */
export const DEFAULT_RECORD_LIMITS: RecordLimits = {
  recordRowsMax: 262_144,
  recordBytesMax: 32 << 20,
};

interface Source {
  readonly from: Neighbour;
  readonly move: number;
  readonly since: number;
}

/** The state after `rows` more changes on the record, whose last has number `changes`. */
export function recorded(
  state: LeavingShard,
  { changes, recordBytes }: { readonly changes: number; readonly recordBytes: number },
  { recordRowsMax, recordBytesMax }: RecordLimits,
): LeavingShard {
  const bytes = state.recordBytes + recordBytes;
  if (changes - state.since <= recordRowsMax && bytes <= recordBytesMax) {
    return { ...state, changes, recordBytes: bytes };
  }
  return { ...state, changes, ...DROPPED, since: changes };
}

const DROPPED = { record: 'dropped', recordBytes: 0 } as const;

export function restart(table: Table, shard: ShardId, configuration: number, source: Source): boolean {
  const state = readShardState(table, shard);
  if (state?.type !== 'arriving' || state.configuration !== configuration) return false;
  if (!isFurther(state, source)) return false;
  const { from, move, since } = source;
  const begun = { clearing: true, cursor: '', copied: false, changes: since };
  writeShardState(table, shard, { ...state, from, move, since, ...begun });
  return true;
}

/** A later record of the same source, or an earlier move: so no command that comes late leads back. */
function isFurther(state: ArrivingShard, { from, move, since }: Source): boolean {
  const isSame = from.group === state.from.group && move === state.move;
  return isSame ? since > state.since : move < state.move;
}

/** The rows of earlier attempts are gone. */
export function clear(table: Table, shard: ShardId, state: ArrivingShard): void {
  if (state.from.group !== NOBODY) return writeShardState(table, shard, { ...state, clearing: false });
  writeShardState(table, shard, { type: 'serving' });
  passLostVersions(table, shard, state.configuration);
}

/** Above the versions that a lost group may have given; a configuration has room for four billion. */
const VERSIONS_A_CONFIGURATION = 2 ** 32;

/** shard.L4: a version never names two values, also not one that is lost and another. */
export function passLostVersions(table: Table, shard: ShardId, configuration: number): void {
  raiseRevision(table, shard, Math.min(configuration, 2 ** 20) * VERSIONS_A_CONFIGURATION);
}

export function beginRecord(table: Table, shard: ShardId, configuration: number, since: number): boolean {
  const state = leavingWith(table, shard, configuration);
  if (state?.record !== 'none' || state.since !== since || state.returning) return false;
  writeShardState(table, shard, { ...state, record: 'kept' });
  return true;
}

export function redirect(
  table: Table,
  shard: ShardId,
  configuration: number,
  taker: { readonly to: GroupId; readonly due: number },
): boolean {
  const state = leavingWith(table, shard, configuration);
  if (state === undefined || taker.due <= state.due || state.returning) return false;
  writeShardState(table, shard, { ...state, to: taker.to, due: taker.due });
  return true;
}

export function retain(table: Table, shard: ShardId, configuration: number): boolean {
  const state = leavingWith(table, shard, configuration);
  if (state === undefined) return false;
  writeShardState(table, shard, { ...state, ...DROPPED, returning: true });
  return true;
}

function leavingWith(table: Table, shard: ShardId, configuration: number): LeavingShard | undefined {
  const state = readShardState(table, shard);
  return state?.type === 'leaving' && state.configuration === configuration ? state : undefined;
}

/** Its rows stay, for whoever wants to look at them. */
export function becomeLost(table: Table, configuration: number): void {
  if (readLostWith(table) !== undefined) return;
  for (const [shard] of readShardStates(table)) writeShardState(table, shard, { type: 'lost' });
  for (const confirmed of readConfirmations(table)) {
    deleteConfirmation(table, confirmed.shard, confirmed.configuration);
  }
  writeLostWith(table, configuration);
}
