/**
 * The state machine of a store group that shares the shards with others. Everything about ownership happens at a place
 * in the log, so all replicas of the group change it together.
 *
 * Invariants:
 * shard.H1  Configurations are taken one at a time, in order of their numbers. Only a group that was no member in them
 *     passes over those that are kept no longer.
 * shard.H2  A shard is served by at most one group: the old owner stops (freeze) before it hands out the last changes, and
 *     the new one starts when it has them.
 * shard.H3  Data and sessions of a shard are one range of rows, and move together: a resend that meets the new owner finds
 *     the reply that the old one gave.
 * shard.H4  The old owner keeps its copy until the new owner's group has the shard in its log, whoever crashes in between.
 * shard.H5  A configuration is taken only when no shard that it gives to, or takes from, this group is still on its way:
 *     so a shard has one move at a time, and shards that a move does not concern never wait for it.
 */

import {
  answerQuery,
  applyCommand,
  growsStore,
  type KvSettings,
  type Query,
  type QueryResult,
  readsShardRow,
  revisionOf,
  type SessionCommand,
  shardRange,
} from '../kv/index.ts';
import { type KeyRange, keyAfter, type Table, type TableReader } from '../storage/index.ts';
import {
  asShardId,
  type Configuration,
  type GroupId,
  groupOf,
  NOBODY,
  type ShardId,
} from './configuration.ts';
import type { ShardOf } from './hash.ts';
import { findWork, type Work } from './migration-work.ts';
import { RecordingTable, type ShardPart } from './shard-copy.ts';
import {
  becomeLost,
  beginRecord,
  clear,
  passLostVersions,
  type RecordLimits,
  recorded,
  redirect,
  restart,
  retain,
} from './shard-recovery.ts';
import { type Served, type ShardRequest, serveShard } from './shard-serving.ts';
import {
  type ArrivingShard,
  changeRows,
  deleteConfirmation,
  readConfiguration,
  readConfirmations,
  readLostWith,
  readShardState,
  readShardStates,
  readsGroupRow,
  type ShardState,
  writeConfiguration,
  writeConfirmation,
  writeShardState,
} from './shard-state.ts';
import { isSoundConfiguration, rowsOfPart } from './sound-command.ts';
import { STORE_LEVEL, type StoreResult, storeLevelOf, tryDecodeStoreCommand } from './store-command.ts';
import type { WrongGroup } from './store-wire.ts';
import { canSkipTo, canTake, movedBy } from './taking-configuration.ts';

/** `serve`: what another group asks about a shard; `standing`: who serves it, and how far it has come; `work`: what to move. */
export type StoreQuery =
  | Query
  | { readonly type: 'serve'; readonly request: ShardRequest }
  | { readonly type: 'standing'; readonly shard: ShardId }
  | { readonly type: 'work' };

/** What `StoreQuery` is answered: each by its own kind. */
export type StoreAnswer = QueryResult | WrongGroup | ServedHere | Served | Work;

export interface ServedHere {
  readonly type: 'served-here';
  readonly revision: number;
}

export interface ShardedStoreOptions {
  readonly group: GroupId;
  readonly shardCount: number;
  readonly shardOf: ShardOf;
  readonly kv: KvSettings;
  readonly record: RecordLimits;
}

/** What one sweep removes at most. */
const SWEEP_LIMIT = { rowsMax: 4096, bytesMax: 4 << 20 };

const ONE_ROW = { rowsMax: 1, bytesMax: 1 };

const DONE: StoreResult = { type: 'done' };
const NOT_NOW: StoreResult = { type: 'not-now' };
/** Those of clients have lower limits, in the settings of kv; nobody proposes a longer one (`commandBytesMax`). */
const COMMAND_BYTES_MAX = 1_600_000;

const UNREADABLE: StoreResult = { type: 'unreadable' };

export class ShardedStore {
  readonly #options: ShardedStoreOptions;

  constructor(options: ShardedStoreOptions) {
    this.#options = options;
  }

  get reads(): number {
    return STORE_LEVEL;
  }

  levelOf(command: Uint8Array): number | undefined {
    return storeLevelOf(command);
  }

  readsRow(key: string, value: Uint8Array): boolean {
    return readsShardRow(key, value) && readsGroupRow(key, value);
  }

  apply(table: Table, bytes: Uint8Array, timeMs: number): StoreResult {
    const command = tryDecodeStoreCommand(bytes);
    // A row is made of a command, and must fit where a row does.
    if (command === undefined || bytes.byteLength > COMMAND_BYTES_MAX) return UNREADABLE;
    switch (command.type) {
      case 'client':
        return this.#executeForClient(table, command.command, bytes, timeMs);
      case 'configure':
      case 'skip':
        return this.#configure(table, command.configuration, command.type, timeMs);
      case 'freeze':
        return freeze(table, command.shard, command.configuration, command.since);
      case 'install':
        return install(table, command.shard, command.configuration, command.part);
      case 'release':
        return release(table, command.shard, command.configuration);
      case 'sweep':
        return sweep(table, command.shard);
      case 'confirmed':
        deleteConfirmation(table, command.shard, command.configuration);
        return DONE;
      case 'restart':
        return outcome(restart(table, command.shard, command.configuration, command));
      case 'record':
        return outcome(beginRecord(table, command.shard, command.configuration, command.since));
      case 'redirect':
        return outcome(redirect(table, command.shard, command.configuration, command));
      case 'retain':
        return outcome(retain(table, command.shard, command.configuration));
      case 'lost':
        becomeLost(table, command.configuration);
        return DONE;
    }
  }

  /** Shards that arrive bring rows; what takes shards away is what makes room. */
  grows(bytes: Uint8Array): boolean {
    const command = tryDecodeStoreCommand(bytes);
    if (command === undefined) return false;
    return command.type === 'client' ? growsStore(command.command) : command.type === 'install';
  }

  query(table: TableReader, query: StoreQuery): StoreAnswer {
    switch (query.type) {
      case 'get':
        return this.#read(table, this.#options.shardOf(query.key), (shard) =>
          answerQuery(table, shard, query),
        );
      case 'scan':
        return this.#read(table, asShardId(query.shard), (shard) => answerQuery(table, shard, query));
      case 'serve':
        return serveShard(table, query.request, this.#options.shardCount);
      case 'standing':
        return this.#read(table, query.shard, (shard) => ({
          type: 'served-here',
          revision: revisionOf(table, shard),
        }));
      case 'work':
        return findWork(table, this.#options.group, this.#options.shardCount);
    }
  }

  #read(table: TableReader, shard: ShardId, read: (shard: ShardId) => StoreAnswer): StoreAnswer {
    const state = readShardState(table, shard);
    return isServed(state) ? read(shard) : this.#wrongGroup(table, shard, state);
  }

  #executeForClient(table: Table, command: SessionCommand, bytes: Uint8Array, timeMs: number): StoreResult {
    const shard = this.#options.shardOf(command.command.key);
    const state = readShardState(table, shard);
    if (!isServed(state)) return this.#wrongGroup(table, shard, state);
    const stamped = { ...command, shard, timeMs, bytes };
    if (state.type === 'serving' || state.record !== 'kept') {
      return applyCommand(table, stamped, this.#options.kv);
    }
    const recording = new RecordingTable(table, shard, state.changes);
    const result = applyCommand(recording, stamped, this.#options.kv);
    writeShardState(table, shard, recorded(state, recording, this.#options.record));
    return result;
  }

  #configure(table: Table, next: Configuration, how: 'configure' | 'skip', timeMs: number): StoreResult {
    const { group, shardCount } = this.#options;
    const current = readConfiguration(table, shardCount);
    if (!isSoundConfiguration(next, current.shards.length)) return UNREADABLE;
    if (next.number <= current.number) return DONE;
    if (readLostWith(table) !== undefined || next.lost.includes(group)) return NOT_NOW;
    const states = new Map(readShardStates(table));
    const isDue =
      how === 'configure'
        ? next.number === current.number + 1
        : canSkipTo(current, next, group, states) && readConfirmations(table).length === 0;
    if (!isDue || !canTake(next, group, states)) return NOT_NOW;
    for (const [shard, state] of movedBy(current, next, group, states, timeMs)) {
      writeShardState(table, shard, state);
      // It comes back from groups that are lost, and may have been served there.
      if (states.get(shard)?.type === 'leaving') passLostVersions(table, shard, next.number);
    }
    writeConfiguration(table, next);
    return DONE;
  }

  #wrongGroup(table: TableReader, shard: ShardId, state: ShardState | undefined): WrongGroup {
    const lostWith = readLostWith(table);
    if (lostWith !== undefined) return { type: 'wrong-group', configuration: lostWith, owner: NOBODY };
    const configuration = readConfiguration(table, this.#options.shardCount);
    return {
      type: 'wrong-group',
      configuration: configuration.number,
      owner: ownerOf(state, configuration, shard),
    };
  }
}

function outcome(isDone: boolean): StoreResult {
  return isDone ? DONE : NOT_NOW;
}

function freeze(table: Table, shard: ShardId, configuration: number, since: number): StoreResult {
  const state = readShardState(table, shard);
  if (state?.type !== 'leaving' || state.configuration !== configuration) return NOT_NOW;
  if (state.record !== 'kept' || state.since !== since) return NOT_NOW;
  writeShardState(table, shard, { ...state, frozen: true });
  return DONE;
}

/** Takes a part only if it goes on where the last one ended: a part may come twice, and late. */
function install(table: Table, shard: ShardId, configuration: number, part: ShardPart): StoreResult {
  const state = readShardState(table, shard);
  if (state?.type !== 'arriving' || state.configuration !== configuration) return NOT_NOW;
  if (!continues(state, part)) return NOT_NOW;
  const rows = rowsOfPart(shard, part);
  if (rows === undefined) return UNREADABLE;
  for (const [key, value] of rows) {
    if (value === undefined) table.delete(key);
    else table.put(key, value);
  }
  if (part.type === 'rows') {
    writeShardState(table, shard, { ...state, cursor: part.nextCursor, copied: part.done });
  } else if (part.final) {
    writeShardState(table, shard, { type: 'serving' });
    if (state.move < configuration) passLostVersions(table, shard, configuration);
    writeConfirmation(table, { shard, configuration: state.move, to: state.from });
  } else {
    writeShardState(table, shard, { ...state, changes: part.through });
  }
  return DONE;
}

function continues(state: ArrivingShard, part: ShardPart): boolean {
  if (state.clearing) return false;
  return part.type === 'rows'
    ? !state.copied && part.cursor === state.cursor && part.since === state.since
    : state.copied && part.after === state.changes;
}

/** shard.H4: the new owner says that it has the shard. */
function release(table: Table, shard: ShardId, configuration: number): StoreResult {
  const state = readShardState(table, shard);
  if (state?.type === 'leaving' && state.configuration === configuration) {
    // shard.H2: it cannot have arrived elsewhere while it is served here, whoever says so.
    if (!state.frozen) return NOT_NOW;
    writeShardState(table, shard, { type: 'deleting' });
  }
  return DONE;
}

function sweep(table: Table, shard: ShardId): StoreResult {
  const state = readShardState(table, shard);
  if (state?.type === 'arriving' && state.clearing) {
    if (deleteSome(table, shardRange(shard))) clear(table, shard, state);
    return DONE;
  }
  if (state?.type === 'leaving' && state.record === 'dropped') {
    if (deleteSome(table, changeRows(shard, 0))) writeShardState(table, shard, { ...state, record: 'none' });
    return DONE;
  }
  if (state?.type !== 'deleting') return NOT_NOW;
  const isGone = deleteSome(table, shardRange(shard)) && deleteSome(table, changeRows(shard, 0));
  if (isGone) writeShardState(table, shard, undefined);
  return DONE;
}

/** Answers whether nothing is left. */
function deleteSome(table: Table, range: KeyRange): boolean {
  const keys = table.keys(range, SWEEP_LIMIT);
  for (const key of keys) table.delete(key);
  const last = keys.at(-1);
  // Only behind them: to look among what was just deleted would be to pass over each row again.
  return last === undefined || table.keys({ from: keyAfter(last), to: range.to }, ONE_ROW).length === 0;
}

function isServed(
  state: ShardState | undefined,
): state is Extract<ShardState, { type: 'serving' | 'leaving' }> {
  return state?.type === 'serving' || (state?.type === 'leaving' && !state.frozen);
}

/** While a shard is on its way here, the old owner may still serve it; once frozen there, the new one soon will. */
function ownerOf(state: ShardState | undefined, configuration: Configuration, shard: ShardId): GroupId {
  switch (state?.type) {
    case 'arriving':
      return state.from.group;
    case 'leaving':
      return state.to;
    case 'serving':
    case 'deleting':
    case 'lost':
    case undefined:
      return groupOf(configuration, shard);
  }
}
