/**
 * The key/value state machine. Commands come in log order; the same commands leave the same rows, on every replica.
 *
 * kv.K1  A command is executed at most once in its shard, however often, late and wherever it is resent (sessions.ts).
 * kv.K2  A resend of the client's last command gets the reply of the execution, whatever has been written since, but for
 *        a value that was too large to be kept.
 * kv.K3  A version is given to one write of a shard only, and rises from each to the next, over deletes too.
 * kv.K4  All that kv.K1 to kv.K3 rest on is rows of the shard itself, so a snapshot or a move of the shard carries it along.
 * kv.K5  A command writes three rows at most (data, session, shard), besides the sessions that it forgets.
 * kv.K6  The shard's clock never goes back, and is never further ahead of the latest client id than the open window. So a
 *        leader whose clock is far ahead cannot take it along: of the leader's clock and that of whoever issued the id,
 *        the slower counts. A shard that rested for months still comes to the present with its next command.
 */

import { decodeVersionedValue, fnv1a, keyProblemWithin } from '../codec/index.ts';
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
  const nowMs = clockAfter(meta.timeMs, stamped, settings);
  const digest = fnv1a(stamped.bytes);
  const judgement = judgeCall(table, { shard, ledger: meta.ledger, nowMs, settings }, { ...session, digest });

  let { revision, ledger } = meta;
  let result: CommandResult;
  if (judgement.type === 'execute') {
    const reply = executeAt(table, stamped, revision + 1, settings);
    const call = { sequence: session.sequence, digest, lastActiveMs: nowMs, reply };
    ledger = recordCall(table, { shard, ledger, nowMs, settings }, session.client, call, judgement.row);
    if ('version' in reply) revision = reply.version;
    result = reply;
  } else {
    result = judgement.result;
  }

  const swept = sweepSessions(table, { shard, ledger, nowMs, settings }, meta.sweep);
  // Also after a refusal: a client that was told it is too late must never find out otherwise.
  writeShardMeta(table, shard, { revision, timeMs: nowMs, ...swept });
  return result;
}

/** Deletions leave less than there was, but for the row of a new session. */
export function growsStore({ command }: SessionCommand): boolean {
  return command.type !== 'delete';
}

/** Reads, and leaves nothing behind. */
export function answerQuery(table: TableReader, shard: number, query: Query): QueryResult {
  const revision = revisionOf(table, shard);
  if (query.type === 'scan') return { ...scanShard(table, query), revision };
  // No such key can have been written, and a table may take it for another: UTF-8 has no form for half a character.
  const row = query.key.isWellFormed() ? table.get(dataKey(shard, query.key)) : undefined;
  if (row === undefined) return { type: 'absent', revision };
  return { type: 'found', ...decodeVersionedValue(row), revision };
}

/** How many writes there have been in the shard: it never falls, wherever the shard goes (kv.K3, kv.K4). */
export function revisionOf(table: TableReader, shard: number): number {
  return readShardMeta(table, shard).revision;
}

/** kv.K6 */
function clockAfter(shardMs: number, { timeMs, session }: StampedCommand, settings: KvSettings): number {
  const issued = issuedAtMs(session.client, settings) ?? 0;
  return Math.max(shardMs, Math.min(timeMs, issued + settings.sessionOpenWindowMs));
}

/** `version` is the one to give to what is written. */
function executeAt(
  table: Table,
  { shard, command }: StampedCommand,
  version: number,
  settings: KvSettings,
): CommandReply {
  const { key } = command;
  const problem = keyProblemWithin(key, settings.keyBytesMax);
  if (problem === 'key-too-long') return { type: problem, bytesMax: settings.keyBytesMax };
  if (problem !== undefined) return { type: 'key-malformed' };
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

function isSession({ client, sequence }: Session, settings: KvSettings): boolean {
  const isSequence = Number.isSafeInteger(sequence) && sequence >= 1;
  return isSequence && issuedAtMs(client, settings) !== undefined;
}
