import { encodeRowChanges } from '../../../src/codec/index.ts';
/** What a replica's storage must remember, as plain values; and random turns that a replica could write. */

import fc from 'fast-check';
import {
  asIndex,
  asReplicaId,
  asTerm,
  type Entry,
  freshState,
  type HardState,
  type LogId,
  Membership,
  ORIGIN,
  type SnapshotMeta,
  type Store,
} from '../../../src/raft/index.ts';
import type { OpenedStorage, RowChanges, Turn } from '../../../src/storage/index.ts';
import { arbitraryChanges, arbitraryValue } from './arbitraries.ts';

export const MEMBERSHIP = Membership.of([1, 2, 3].map(asReplicaId), []);

export interface StorageModel {
  readonly hardState: HardState;
  readonly membership: Membership;
  readonly compacted: LogId;
  readonly applied: LogId;
  readonly entries: readonly Entry[];
  readonly rows: ReadonlyMap<string, Uint8Array>;
  readonly staged:
    | { readonly stream: string; readonly cursor: string; readonly rows: ReadonlyMap<string, Uint8Array> }
    | undefined;
}

export const FRESH: StorageModel = {
  ...freshState(MEMBERSHIP),
  applied: ORIGIN,
  rows: new Map(),
  staged: undefined,
};

export const EMPTY_STORE: Store = {
  id: 1,
  hardState: undefined,
  truncateFrom: undefined,
  append: [],
  compactThrough: undefined,
  install: undefined,
  touch: false,
};

export function command(index: number, term: number, ...payload: number[]): Entry {
  return { index: asIndex(index), term: asTerm(term), kind: 'command', payload: Uint8Array.from(payload) };
}

export function logId(index: number, term: number): LogId {
  return { index: asIndex(index), term: asTerm(term) };
}

export function openedAs(model: StorageModel, incarnation: number): OpenedStorage {
  const { hardState, membership, compacted, entries, applied, staged } = model;
  const staging = staged && { stream: staged.stream, cursor: staged.cursor };
  return {
    incarnation,
    state: { hardState, membership, compacted, entries, applied: applied.index, staging },
  };
}

export function snapshotOf({ applied, membership }: StorageModel): SnapshotMeta {
  return { ...applied, membership };
}

export function modelAfter(model: StorageModel, { store, applied }: Turn): StorageModel {
  const stored = store === undefined ? model : afterStore(model, store);
  if (applied === undefined) return stored;
  return { ...stored, applied: applied.through, rows: changed(stored.rows, applied.changes) };
}

function afterStore(model: StorageModel, store: Store): StorageModel {
  const { truncateFrom, install, append } = store;
  let next: StorageModel = { ...model, hardState: store.hardState ?? model.hardState };
  if (install !== undefined) {
    const staged = new Map(install.cursor === '' ? [] : model.staged?.rows);
    for (const [key, value] of CHUNK_ROWS.get(install.data) ?? []) staged.set(key, value);
    const { snapshot, stream, nextCursor, done } = install;
    const { index, term, membership } = snapshot;
    next = done
      ? { ...next, membership, applied: { index, term }, rows: staged, staged: undefined }
      : { ...next, staged: { stream, cursor: nextCursor, rows: staged } };
  }
  const compacted = store.compactThrough ?? model.compacted;
  const entries = model.entries
    .filter(({ index }) => truncateFrom === undefined || index < truncateFrom)
    .concat(append)
    .filter(({ index }) => index > compacted.index);
  return { ...next, compacted, entries };
}

/** What the chunks of the generated turns hold, so that the model need not decode them. */
const CHUNK_ROWS = new WeakMap<Uint8Array, ReadonlyMap<string, Uint8Array>>();

export function chunkOf(rows: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const data = encodeRowChanges(rows);
  CHUNK_ROWS.set(data, rows);
  return data;
}

function changed(rows: ReadonlyMap<string, Uint8Array>, changes: RowChanges): Map<string, Uint8Array> {
  const next = new Map(rows);
  for (const [key, value] of changes) {
    if (value === undefined) next.delete(key);
    else next.set(key, value);
  }
  return next;
}

/** Numbers from which `turnAfter` makes a turn that is possible where the model stands. */
export interface Move {
  readonly newTerm: boolean;
  readonly vote: boolean;
  readonly truncate: number;
  readonly append: readonly Uint8Array[];
  readonly apply: number;
  readonly changes: RowChanges;
  readonly compact: number;
  readonly touch: boolean;
  readonly chunk:
    | {
        readonly restart: boolean;
        readonly rows: RowChanges;
        readonly ahead: number;
        readonly done: boolean;
        readonly keepLog: boolean;
      }
    | undefined;
}

const few = (most: number) => fc.integer({ min: 0, max: most });

export const arbitraryMove: fc.Arbitrary<Move> = fc.record({
  newTerm: fc.boolean(),
  vote: fc.boolean(),
  truncate: few(2),
  append: fc.array(arbitraryValue, { maxLength: 3 }),
  apply: few(4),
  changes: arbitraryChanges,
  compact: few(3),
  touch: fc.boolean(),
  chunk: fc.option(
    fc.record({
      restart: fc.boolean(),
      rows: arbitraryChanges,
      ahead: few(6),
      done: fc.boolean(),
      keepLog: fc.boolean(),
    }),
    { nil: undefined, freq: 3 },
  ),
});

export function turnAfter(model: StorageModel, move: Move): Turn {
  const term = asTerm(model.hardState.term + (move.newTerm ? 1 : 0));
  const vote = move.vote ? asReplicaId(2) : undefined;
  const hardState = move.newTerm ? { term, votedFor: vote } : undefined;
  const install = move.chunk && installOf(model, move.chunk);
  const installed = install?.done ? install.snapshot : undefined;
  const keepsLog = installed === undefined || (move.chunk?.keepLog === true && holds(model, installed));

  const lastIndex = model.entries.at(-1)?.index ?? model.compacted.index;
  const firstUndecided = Math.max(model.applied.index, installed?.index ?? 0) + 1;
  const kept = keepsLog ? Math.max(lastIndex - move.truncate, firstUndecided - 1) : firstUndecided - 1;
  const truncateFrom = keepsLog ? kept + 1 : model.compacted.index + 1;
  const truncates = truncateFrom <= lastIndex;
  const append = move.append.map((payload, at) => ({ ...command(kept + 1 + at, term), payload }));

  const log = [...model.entries.filter(({ index }) => index <= kept), ...append];
  const applied = log.find(({ index }) => index === firstUndecided - 1 + move.apply);
  const appliedIndex = applied?.index ?? firstUndecided - 1;
  const compacted = log.find(({ index }) => index === model.compacted.index + move.compact);
  const compacts = compacted !== undefined && compacted.index <= appliedIndex ? compacted : undefined;
  return {
    store: {
      ...EMPTY_STORE,
      hardState,
      truncateFrom: truncates ? asIndex(truncateFrom) : undefined,
      append,
      compactThrough: installed
        ? logId(installed.index, installed.term)
        : compacts && logId(compacts.index, compacts.term),
      install,
      touch: move.touch,
    },
    applied: applied && { through: logId(applied.index, applied.term), changes: move.changes },
  };
}

function holds(model: StorageModel, id: LogId): boolean {
  return model.entries.some(({ index, term }) => index === id.index && term === id.term);
}

function installOf(model: StorageModel, chunk: NonNullable<Move['chunk']>): NonNullable<Store['install']> {
  const begins = chunk.restart || model.staged === undefined;
  const cursor = begins ? '' : (model.staged?.cursor ?? '');
  const index = model.applied.index + chunk.ahead;
  // Where the snapshot ends at an entry that this replica has applied, both have the same (Leader Completeness, §5.4).
  const held = [...model.entries, model.applied].find((id) => id.index === index);
  const term = held?.term ?? model.hardState.term;
  const rows = new Map<string, Uint8Array>();
  for (const [key, value] of chunk.rows) if (value !== undefined) rows.set(key, value);
  return {
    snapshot: {
      ...logId(index, term),
      membership: Membership.of([1, 2].map(asReplicaId), [asReplicaId(index + 3)]),
    },
    stream: begins ? `stream-${index}` : (model.staged?.stream ?? ''),
    cursor,
    nextCursor: `${cursor}+`,
    data: chunkOf(rows),
    done: chunk.done,
  };
}
