import { invariant } from '../protocol/index.ts';
import type { Table } from '../storage/index.ts';
import { issuedAtMs } from './client-id.ts';
import type { CommandResult, Session, SessionCommand } from './command.ts';
import { commandDigest } from './digest.ts';
import { execute } from './execute.ts';
import type { KvSettings } from './limits.ts';
import { judgeCall, recordCall, sweepSessions } from './sessions.ts';
import { readShardMeta, writeShardMeta } from './shard-meta.ts';

/**
 * The key/value state machine. Commands come in log order; the same commands leave the same rows, on every replica.
 *
 * K1. A command is executed at most once in its shard, however often, late and wherever it is resent (sessions.ts).
 * K2. A resend of the client's last command gets the reply of the execution, whatever has been written since.
 * K3. A version is given to one write of a shard only, and rises from each to the next, over deletes too.
 * K4. All that K1-K3 rest on is rows of the shard itself, so a snapshot or a move of the shard carries it along.
 * K5. A command writes three rows at most (data, session, shard), besides the expired sessions it removes.
 */

/** A command as the log orders it. */
export interface StampedCommand extends SessionCommand {
  readonly shard: number;
  /** The leader's clock when it proposed the command; nothing but progress depends on its being right. */
  readonly timeMs: number;
}

export function applyCommand(table: Table, stamped: StampedCommand, settings: KvSettings): CommandResult {
  const { shard, session, command } = stamped;
  invariant(Number.isSafeInteger(stamped.timeMs) && stamped.timeMs >= 0, `no time ${stamped.timeMs}`);
  if (!isSession(session, settings)) return { type: 'session-malformed' };

  const meta = readShardMeta(table, shard);
  const nowMs = Math.max(stamped.timeMs, meta.timeMs);
  const digest = commandDigest(command);
  const judgement = judgeCall(table, shard, { ...session, digest }, nowMs, settings);

  let { revision } = meta;
  let result: CommandResult;
  if (judgement.type === 'execute') {
    const reply = execute(table, shard, command, revision + 1, settings);
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

function isSession(session: Session, settings: KvSettings): boolean {
  const isSequence = Number.isSafeInteger(session.sequence) && session.sequence >= 1;
  return isSequence && issuedAtMs(session.client, settings) !== undefined;
}
