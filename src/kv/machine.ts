/**
 * The key/value state machine. Commands come in log order; the same commands leave the same rows, on every replica.
 *
 * kv.K1  A command is executed at most once in its shard, however often, late and wherever it is resent (sessions.ts).
 * kv.K2  A resend of the client's last command gets the reply of the execution, whatever has been written since.
 * kv.K3  A version is given to one write of a shard only, and rises from each to the next, over deletes too.
 * kv.K4  All that kv.K1 to kv.K3 rest on is rows of the shard itself, so a snapshot or a move of the shard carries it along.
 * kv.K5  A command writes three rows at most (data, session, shard), besides the expired sessions it removes.
 */

import { decodeVersionedValue, fnv1a, textByteLength } from '../codec/index.ts';
import { invariant } from '../raft/index.ts';
import type { Table, TableReader } from '../storage/index.ts';
import { issuedAtMs } from './client-id.ts';
import type { CommandResult, Query, QueryResult, Session, SessionCommand } from './command.ts';
import type { KvSettings } from './limits.ts';
import { type Cell, type CommandReply, execute } from './operations.ts';
import { dataKey } from './rows.ts';
import { scanShard } from './scan.ts';
import { judgeCall, recordCall, sweepSessions } from './sessions.ts';
import { readShardMeta, writeShardMeta } from './shard-meta.ts';

/** A command as the log orders it. */
export interface StampedCommand extends SessionCommand {
  readonly shard: number;
  /** The leader's clock when it proposed the command; nothing but progress depends on its being right. */
  readonly timeMs: number;
  /** As it came: its digest finds a client that uses a sequence number for two commands by mistake. */
  readonly bytes: Uint8Array;
}

export function applyCommand(table: Table, stamped: StampedCommand, settings: KvSettings): CommandResult {
  const { shard, session } = stamped;
  invariant(Number.isSafeInteger(stamped.timeMs) && stamped.timeMs >= 0, `no time ${stamped.timeMs}`);
  if (!isSession(session, settings)) return { type: 'session-malformed' };

  const meta = readShardMeta(table, shard);
  const nowMs = Math.max(stamped.timeMs, meta.timeMs);
  const digest = fnv1a(stamped.bytes);
  const judgement = judgeCall(table, shard, { ...session, digest }, nowMs, settings);

  let { revision } = meta;
  let result: CommandResult;
  if (judgement.type === 'execute') {
    const reply = executeAt(table, stamped, revision + 1, settings);
    recordCall(table, shard, session.client, {
      sequence: session.sequence,
      digest,
      lastActiveMs: nowMs,
      reply,
    });
    if ('version' in reply) revision = reply.version;
    result = reply;
  } else {
    result = judgement.result;
  }

  const sweep = sweepSessions(table, shard, meta.sweep, nowMs, settings);
  // Also after a refusal: a client that was told it is too late must never find out otherwise.
  writeShardMeta(table, shard, { revision, timeMs: nowMs, sweep });
  return result;
}

/** Deletions leave less than there was, but for the row of a new session. */
export function growsStore({ command }: SessionCommand): boolean {
  return command.type !== 'delete';
}

/** Reads, and leaves nothing behind. */
export function answerQuery(table: TableReader, shard: number, query: Query): QueryResult {
  if (query.type === 'scan') return scanShard(table, query);
  // No such key can have been written, and a table may take it for another: UTF-8 has no form for half a character.
  const row = query.key.isWellFormed() ? table.get(dataKey(shard, query.key)) : undefined;
  return row === undefined ? { type: 'absent' } : { type: 'found', ...decodeVersionedValue(row) };
}

/** `version` is the one to give to what is written. */
function executeAt(
  table: Table,
  { shard, command }: StampedCommand,
  version: number,
  settings: KvSettings,
): CommandReply {
  const { key } = command;
  if (!isKey(key)) return { type: 'key-malformed' };
  if (textByteLength(key) > settings.keyBytesMax)
    return { type: 'key-too-long', bytesMax: settings.keyBytesMax };
  const row = dataKey(shard, key);
  const cell: Cell = {
    version,
    settings,
    read() {
      const stored = table.get(row);
      return stored && decodeVersionedValue(stored);
    },
    exists: () => table.get(row) !== undefined,
    write: (bytes) => table.put(row, bytes),
    remove: () => table.delete(row),
  };
  return execute(command, cell);
}

/** No URL names the keys "." and "..", so nobody could read or delete them (protocol/key.ts). */
function isKey(key: string): boolean {
  return key !== '' && key !== '.' && key !== '..' && key.isWellFormed();
}

function isSession({ client, sequence }: Session, settings: KvSettings): boolean {
  const isSequence = Number.isSafeInteger(sequence) && sequence >= 1;
  return isSequence && issuedAtMs(client, settings) !== undefined;
}
