import {
  answerQuery,
  applyCommand,
  type Command,
  type CommandReply,
  type CommandResult,
  DEFAULT_KV_SETTINGS,
  formatClientId,
  type KvSettings,
  SESSION_COMMAND,
  type StampedCommand,
  shardRange,
} from '../../../../src/kv/index.ts';
import type { KeyRange, Row, Table } from '../../../../src/storage/index.ts';
import { MemoryTable } from '../../../../tools/memory-storage/index.ts';

/** When tests begin: any time will do. */
export const START_MS = 1_700_000_000_000;
export const SHARD = 3;
export const ALICE = formatClientId(START_MS, 'alice');
export const BOB = formatClientId(START_MS, 'bob');

/** An id that was just issued at `timeMs`: with it a command takes a shard's clock there. */
export function clientAt(timeMs: number, name = 'clock'): string {
  return formatClientId(timeMs, name);
}

const ALL_ROWS = { rowsMax: Number.POSITIVE_INFINITY, bytesMax: Number.POSITIVE_INFINITY };

/** What a test says of a call; the rest is as usual. */
export interface Call {
  readonly client?: string;
  readonly sequence: number;
  readonly command: Command;
  readonly shard?: number;
  readonly timeMs?: number;
  /** As they would come; for a command that has no bytes, any. */
  readonly bytes?: Uint8Array;
}

type Read =
  | { readonly type: 'absent' }
  | { readonly type: 'found'; readonly version: number; readonly value: Uint8Array };

/** One replica's state, with the few words that tests are written in. */
export interface Store {
  readonly table: Table;
  call(call: Call): CommandResult;
  /** Without the shard's revision. */
  get(key: string, shard?: number): Read;
  rows(shard?: number): readonly Row[];
  sessionRows(shard?: number): readonly Row[];
}

export function openStore(settings: Partial<KvSettings> = {}, table: Table = new MemoryTable()): Store {
  const all = { ...DEFAULT_KV_SETTINGS, ...settings };
  const rows = (shard = SHARD) => rowsIn(table, shardRange(shard));
  return {
    table,
    call: (call) => applyCommand(table, stamp(call), all),
    get(key, shard = SHARD) {
      const result = answerQuery(table, shard, { type: 'get', key });
      if (result.type === 'scanned') throw new Error('a get was answered with a page');
      const { revision: _, ...read } = result;
      return read;
    },
    rows,
    sessionRows: (shard) => rows(shard).filter(isSessionRow),
  };
}

export function stamp(call: Call): StampedCommand {
  const { client = ALICE, sequence, command, shard = SHARD, timeMs = START_MS } = call;
  const sent = { session: { client, sequence }, command };
  return { ...sent, shard, timeMs, bytes: call.bytes ?? SESSION_COMMAND.encode(sent) };
}

export function rowsIn(table: Table, range: KeyRange): readonly Row[] {
  return table.scan(range, ALL_ROWS);
}

export function isSessionRow({ key }: Pick<Row, 'key'>): boolean {
  return key[4] === 's';
}

export function isMetaRow({ key }: Pick<Row, 'key'>): boolean {
  return key[4] === 'm';
}

export function bytesOf(rows: readonly Row[]): number {
  return rows.reduce((bytes, row) => bytes + row.key.length + row.value.length, 0);
}

export function put(key: string, value: string): Command {
  return { type: 'put', key, value: utf8(value) };
}

export function append(key: string, value: string): Command {
  return { type: 'append', key, value: utf8(value) };
}

export function remove(key: string): Command {
  return { type: 'delete', key };
}

/** The reply to an append that found `previous`. */
export function appended(version: number, length: number, previous?: string): CommandReply {
  const found = previous === undefined ? ABSENT : ({ type: 'present', value: utf8(previous) } as const);
  return { type: 'appended', version, length, previous: found };
}

const ABSENT = { type: 'absent' } as const;

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function textOf(result: Read): string {
  return result.type === 'found' ? new TextDecoder().decode(result.value) : '';
}
