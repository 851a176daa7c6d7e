/**
 * Exactly-once by sessions (Ongaro's dissertation §6.3): a shard keeps the last call of each client and its reply.
 *
 * A session must be forgotten some day, and a command that was delayed until then must still not be executed again. So:
 *
 * kv.E1  A client id names the time it was issued, and a session opens only when |now - issued| <= W, the open window.
 * kv.E2  A session is forgotten no sooner than T, its time to live, after it opened.
 * kv.E3  T > 2W.
 * kv.E4  `now` is the shard's clock: what leaders stamp, made never to go back. It need not be right.
 *
 * Then no client id ever opens two sessions in a shard. For if it did so at t1 and again at t2, then
 *   t2 - t1 >= T             by kv.E2 and kv.E4, and
 *   t2 - t1 <= (issued + W) - (issued - W) = 2W < T   by kv.E1 and kv.E3: a contradiction.
 * And within one session a sequence number only rises, so each command is executed at most once.
 *
 * Ids are therefore short-lived: a client takes a new one every `clientIdRenewMs`, and only while it has no call
 * outstanding. A session that is in use lives on however old its id is.
 */

import { Codec, type Described, natural, tuple } from '../codec/index.ts';
import { invariant } from '../raft/index.ts';
import type { Table, TableReader } from '../storage/index.ts';
import { issuedAtMs } from './client-id.ts';
import type { CommandResult, Session } from './command.ts';
import type { KvSettings } from './limits.ts';
import { commandReply } from './operations.ts';
import { clientOfSessionKey, sessionKey, sessionsAfter } from './rows.ts';
import type { SessionSweep } from './shard-meta.ts';

/** What a shard remembers of a client: its last call. No argument of a call is kept. */
const sessionRecord = tuple({
  sequence: natural,
  digest: natural,
  lastActiveMs: natural,
  reply: commandReply,
});
type SessionRecord = Described<typeof sessionRecord>;

export const SESSION_ROW: Codec<SessionRecord> = new Codec('the row of a session', sessionRecord, 2);

/** What the rules say of a call: execute it, or give this answer without. */
type Judgement = { readonly type: 'execute' } | { readonly type: 'answer'; readonly result: CommandResult };

const EXECUTE: Judgement = { type: 'execute' };

export function judgeCall(
  table: TableReader,
  shard: number,
  call: Session & { readonly digest: number },
  nowMs: number,
  settings: KvSettings,
): Judgement {
  const row = table.get(sessionKey(shard, call.client));
  const record = row && SESSION_ROW.decode(row);
  // A session that has expired is gone, whether or not it has been swept: when it is swept cannot be observed.
  if (record === undefined || isExpired(record, nowMs, settings)) {
    return mayOpen(call.client, nowMs, settings)
      ? EXECUTE
      : { type: 'answer', result: { type: 'session-expired', timeMs: nowMs } };
  }
  // Numbers may be skipped: those calls went to other shards.
  if (call.sequence > record.sequence) return EXECUTE;
  if (call.sequence < record.sequence) {
    return { type: 'answer', result: { type: 'sequence-stale', last: record.sequence } };
  }
  const result: CommandResult = call.digest === record.digest ? record.reply : { type: 'sequence-reused' };
  return { type: 'answer', result };
}

/** Replaces the client's last call, and so frees its reply: the client has seen it, or it would not call again. */
export function recordCall(table: Table, shard: number, client: string, record: SessionRecord): void {
  table.put(sessionKey(shard, client), SESSION_ROW.encode(record));
}

/**
 * Removes expired sessions, a few with each command, so that no command is slow. A pass goes on with every command
 * until no session is left to examine; then the shard rests for an interval. A pass examines more sessions with a
 * command than the command can add, so it ends however fast they come, and a shard keeps little more than those of the
 * last T.
 */
export function sweepSessions(
  table: Table,
  shard: number,
  sweep: SessionSweep,
  nowMs: number,
  settings: KvSettings,
): SessionSweep {
  if (nowMs < sweep.dueMs) return sweep;
  const limit = { rowsMax: settings.sweepRowsMax, bytesMax: settings.sweepBytesMax };
  const rows = table.scan(sessionsAfter(shard, sweep.after), limit);
  for (const row of rows) {
    if (isExpired(SESSION_ROW.decode(row.value), nowMs, settings)) table.delete(row.key);
  }
  const last = rows.at(-1);
  const after = last && clientOfSessionKey(shard, last.key);
  const isPassOver =
    after === undefined || table.scan(sessionsAfter(shard, after), { ...limit, rowsMax: 1 }).length === 0;
  return isPassOver ? { after: '', dueMs: nowMs + settings.sessionSweepIntervalMs } : { after, dueMs: nowMs };
}

/** kv.E2 */
function isExpired(record: SessionRecord, nowMs: number, settings: KvSettings): boolean {
  return record.lastActiveMs + settings.sessionTtlMs <= nowMs;
}

/** kv.E1 */
function mayOpen(client: string, nowMs: number, settings: KvSettings): boolean {
  const { sessionOpenWindowMs, sessionTtlMs } = settings;
  invariant(sessionTtlMs > 2 * sessionOpenWindowMs, 'kv.E3: a forgotten client could open a second session');
  const issued = issuedAtMs(client, settings);
  return issued !== undefined && Math.abs(nowMs - issued) <= sessionOpenWindowMs;
}
