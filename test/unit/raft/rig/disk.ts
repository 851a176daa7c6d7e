/**
 * What one replica of the rig has on disk. A value: a write makes a new one, so that what a crash leaves behind is
 * simply the last value that was confirmed. The replicated state is the list of all commands that were applied.
 */

import type { Entry, PersistedState, SnapshotMeta, Store } from '../../../../src/raft/index.ts';
import { invariant } from '../../../../src/raft/index.ts';

export interface Disk extends PersistedState {
  readonly commands: readonly string[];
  readonly staged: readonly string[];
}

/** The writes that one step asks for: they reach the disk together or not at all. */
export interface Transaction {
  readonly store: Store | undefined;
  readonly apply: readonly Entry[];
}

export function write(disk: Disk, { store, apply }: Transaction): Disk {
  const stored = store === undefined ? disk : writeStore(disk, store);
  return apply.reduce(writeEntry, stored);
}

function writeStore(disk: Disk, store: Store): Disk {
  const { truncateFrom, compactThrough } = store;
  const kept = disk.entries.filter(({ index }) => truncateFrom === undefined || index < truncateFrom);
  const compacted = compactThrough ?? disk.compacted;
  const entries = [...kept, ...store.append].filter(({ index }) => index > compacted.index);
  const written = { ...disk, hardState: store.hardState ?? disk.hardState, entries, compacted };
  return store.install === undefined ? written : writeChunk(written, store.install);
}

function writeChunk(disk: Disk, chunk: NonNullable<Store['install']>): Disk {
  invariant(
    chunk.cursor === '' || (disk.staging?.stream === chunk.stream && disk.staging.cursor === chunk.cursor),
    `chunk '${chunk.cursor}' of ${chunk.stream} does not follow what is staged`,
  );
  const staged = [...(chunk.cursor === '' ? [] : disk.staged), ...decodeCommands(chunk.data)];
  if (!chunk.done) return { ...disk, staged, staging: { stream: chunk.stream, cursor: chunk.nextCursor } };
  const { index: applied, membership } = chunk.snapshot;
  return { ...disk, commands: staged, staged: [], staging: undefined, applied, membership };
}

function writeEntry(disk: Disk, entry: Entry): Disk {
  invariant(entry.index === disk.applied + 1, `entry ${entry.index} is applied after ${disk.applied}`);
  const commands = entry.kind === 'noop' ? disk.commands : [...disk.commands, decodeText(entry.payload)];
  return { ...disk, commands, applied: entry.index };
}

/** The snapshot that stands for the applied state. */
export function snapshotOf(disk: Disk): SnapshotMeta {
  const last = disk.entries.find(({ index }) => index === disk.applied) ?? disk.compacted;
  invariant(last.index === disk.applied, `the term of the applied index ${disk.applied} is unknown`);
  return { index: last.index, term: last.term, membership: disk.membership };
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const encodeText = (text: string): Uint8Array => encoder.encode(text);
export const decodeText = (bytes: Uint8Array): string => decoder.decode(bytes);

export const encodeCommands = (commands: readonly string[]): Uint8Array => encodeText(commands.join('\n'));
export function decodeCommands(data: Uint8Array): readonly string[] {
  const text = decodeText(data);
  return text === '' ? [] : text.split('\n');
}
