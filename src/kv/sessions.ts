/**
 * Exactly-once by sessions (Ongaro's dissertation §6.3): a shard keeps the last call of each client and its reply.
 *
 * A session must be forgotten some day, and a command that was delayed until then must still not be executed again. So:
 *
 * kv.E1  A session is forgotten only together with a horizon that is at or after its client id. The horizon never goes
 *        back.
 * kv.E2  A session opens only for a client id after the horizon. So no client id ever opens two sessions in a shard,
 *        whatever any clock says. Within one session a sequence number only rises, so each command is executed at most
 *        once.
 * kv.E3  A shard keeps at most `sessionsMax` sessions and `sessionBytesMax` bytes of their rows, and the one that was
 *        written last, whatever it has. The one with the earliest id makes room.
 * kv.E4  A client that takes a new id keeps out of reach of the horizon: an idle session is forgotten after T, its time to
 *        live, and T > 2W, where W is the open window, how far clocks may be apart. Where many sessions come at once the
 *        horizon follows them more closely, but it is never after the ids of those that are kept.
 *
 * A client that was forgotten is told `session-expired`. If that was its first attempt, nothing was executed, and it takes
 * a new id. A session that is in use lives on however old its id is, as long as there is room.
 */

import { Codec, type Described, natural, textByteLength, tuple } from '../codec/index.ts';
import { invariant } from '../raft/index.ts';
import type { Row, Table, TableReader } from '../storage/index.ts';
import { issuedAtMs } from './client-id.ts';
import type { CommandResult, Session } from './command.ts';
import type { KvSettings } from './limits.ts';
import { commandReply, keptReply } from './operations.ts';
import { clientOfSessionKey, sessionKey, sessionsAfter } from './rows.ts';
import type { SessionLedger, SessionSweep } from './shard-meta.ts';

/** What a shard remembers of a client: its last call. No argument of a call is kept. */
const sessionRecord = tuple({
  sequence: natural,
  digest: natural,
  lastActiveMs: natural,
  reply: commandReply,
});
type SessionRecord = Described<typeof sessionRecord>;

export const SESSION_ROW: Codec<SessionRecord> = new Codec('the row of a session', sessionRecord, 3);

/** What the rules say of a call: execute it, or give this answer without. */
type Judgement =
  /** `row`: what is remembered of the client's last call; undefined when the call opens a session. */
  | { readonly type: 'execute'; readonly row: Uint8Array | undefined }
  | { readonly type: 'answer'; readonly result: CommandResult };

/** The sessions of one shard, at one place in the log. */
export interface ShardSessions {
  readonly shard: number;
  readonly ledger: SessionLedger;
  /** The shard's clock. */
  readonly nowMs: number;
  readonly settings: KvSettings;
}

export function judgeCall(
  table: TableReader,
  sessions: ShardSessions,
  call: Session & { readonly digest: number },
): Judgement {
  const row = table.get(sessionKey(sessions.shard, call.client));
  if (row === undefined) {
    const expired = refuseToOpen(table, sessions, call.client);
    return expired === undefined ? { type: 'execute', row } : { type: 'answer', result: expired };
  }
  const record = SESSION_ROW.decode(row);
  // Numbers may be skipped: those calls went to other shards.
  if (call.sequence > record.sequence) return { type: 'execute', row };
  if (call.sequence < record.sequence) {
    return { type: 'answer', result: { type: 'sequence-stale', last: record.sequence } };
  }
  const result: CommandResult = call.digest === record.digest ? record.reply : { type: 'sequence-reused' };
  return { type: 'answer', result };
}

/**
 * Replaces the client's last call, and so frees its reply: the client has seen it, or it would not call again. Makes room
 * for it where there is none (kv.E3).
 */
export function recordCall(
  table: Table,
  { shard, ledger, settings }: ShardSessions,
  client: string,
  record: SessionRecord,
  replaced: Uint8Array | undefined,
): SessionLedger {
  const key = sessionKey(shard, client);
  const value = SESSION_ROW.encode({ ...record, reply: keptReply(record.reply, settings) });
  table.put(key, value);
  const bytes = ledger.bytes + rowBytes({ key, value });
  const grown: SessionLedger =
    replaced === undefined
      ? { ...ledger, sessions: ledger.sessions + 1, bytes }
      : { ...ledger, bytes: less(bytes, rowBytes({ key, value: replaced })) };
  return evictOldest(table, shard, grown, client, settings);
}

/**
 * Forgets sessions that were not used for long, a few with each command, so that no command is slow. A pass goes on with
 * every command until no session is left to examine; then the shard rests for an interval.
 */
export function sweepSessions(
  table: Table,
  { shard, ledger, nowMs, settings }: ShardSessions,
  sweep: SessionSweep,
): { readonly sweep: SessionSweep; readonly ledger: SessionLedger } {
  if (nowMs < sweep.dueMs) return { sweep, ledger };
  const limit = { rowsMax: settings.sweepRowsMax, bytesMax: settings.sweepBytesMax };
  const rows = table.scan(sessionsAfter(shard, sweep.after), limit);
  let left = ledger;
  for (const row of rows) {
    if (isIdle(SESSION_ROW.decode(row.value), nowMs, settings)) left = forget(table, shard, row, left);
  }
  const last = rows.at(-1);
  const after = last && clientOfSessionKey(shard, last.key);
  const isPassOver =
    after === undefined || table.scan(sessionsAfter(shard, after), { ...limit, rowsMax: 1 }).length === 0;
  const dueMs = isPassOver ? nowMs + settings.sessionSweepIntervalMs : nowMs;
  return { sweep: { after: isPassOver ? '' : after, dueMs }, ledger: left };
}

function evictOldest(
  table: Table,
  shard: number,
  ledger: SessionLedger,
  kept: string,
  settings: KvSettings,
): SessionLedger {
  let left = ledger;
  while (left.sessions > settings.sessionsMax || left.bytes > settings.sessionBytesMax) {
    const [first, second] = table.scan(sessionsAfter(shard, left.evicted), {
      rowsMax: 2,
      bytesMax: Number.MAX_SAFE_INTEGER,
    });
    if (first === undefined) break;
    const isKept = clientOfSessionKey(shard, first.key) === kept;
    const oldest = isKept ? second : first;
    if (oldest === undefined) break;
    left = forget(table, shard, oldest, left);
    if (!isKept) left = { ...left, evicted: clientOfSessionKey(shard, oldest.key) };
  }
  return left;
}

/** kv.E1 */
function forget(table: Table, shard: number, row: Row, ledger: SessionLedger): SessionLedger {
  table.delete(row.key);
  return {
    ...ledger,
    sessions: less(ledger.sessions, 1),
    bytes: less(ledger.bytes, rowBytes(row)),
    horizon: later(ledger.horizon, clientOfSessionKey(shard, row.key)),
  };
}

/** kv.E2. Undefined: the client may open a session. */
function refuseToOpen(
  table: TableReader,
  sessions: ShardSessions,
  client: string,
): CommandResult | undefined {
  const { nowMs, settings } = sessions;
  const { sessionOpenWindowMs: windowMs, sessionTtlMs } = settings;
  invariant(
    sessionTtlMs > 2 * windowMs,
    'kv.E4: a client id that was just issued would be behind the horizon',
  );
  const issued = issuedAtMs(client, settings) ?? 0;
  const floor = floorOf(table, sessions);
  // An id that is far ahead would some day be the horizon.
  if (client > floor && issued <= nowMs + windowMs) return undefined;
  const openMs = Math.max(nowMs, (issuedAtMs(floor, settings) ?? 0) + 1);
  return { type: 'session-expired', timeMs: Math.min(openMs, nowMs + windowMs) };
}

/** The client id after which sessions open. Where there is no room, the next horizon counts as this one. */
function floorOf(table: TableReader, { shard, ledger, settings }: ShardSessions): string {
  const { sessions, bytes, horizon, evicted } = ledger;
  if (sessions < settings.sessionsMax && bytes < settings.sessionBytesMax) return horizon;
  const [oldest] = table.scan(sessionsAfter(shard, evicted), {
    rowsMax: 1,
    bytesMax: Number.MAX_SAFE_INTEGER,
  });
  return oldest === undefined ? horizon : later(horizon, clientOfSessionKey(shard, oldest.key));
}

function isIdle(record: SessionRecord, nowMs: number, settings: KvSettings): boolean {
  return record.lastActiveMs + settings.sessionTtlMs <= nowMs;
}

/** Client ids are ASCII, and in the order in which they were issued. */
function later(one: string, other: string): string {
  return one > other ? one : other;
}

function rowBytes({ key, value }: Row): number {
  return textByteLength(key) + value.byteLength;
}

/** A ledger may come from another group, with a shard, and be wrong; a command must not fail for it. */
function less(count: number, by: number): number {
  return Math.max(0, count - by);
}
