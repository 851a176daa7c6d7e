/**
 * What bounds the state machine. A setting decides what a command does, so it is part of the state machine:
 * every replica of a group must run with the same ones.
 */
export interface KvSettings {
  /** Bytes of UTF-8. */
  readonly keyBytesMax: number;
  readonly valueBytesMax: number;
  readonly clientIdBytesMax: number;
  /** How far the clocks of those who issue client ids, of leaders and of shards may be apart (sessions.ts). */
  readonly sessionOpenWindowMs: number;
  /** A session is forgotten this long after its last write; more than twice the open window (sessions.ts). */
  readonly sessionTtlMs: number;
  /** Sessions of one shard, and bytes of their rows, keys and values: beyond either the oldest is forgotten. */
  readonly sessionsMax: number;
  readonly sessionBytesMax: number;
  /**
   * The value before an append is kept for a resend if it is no longer. It is what makes the row of a session more
   * than some 150 bytes.
   */
  readonly keptPreviousBytesMax: number;
  /** How long a shard rests between two passes over its sessions. */
  readonly sessionSweepIntervalMs: number;
  /**
   * What one command examines of a pass: sessions, and bytes of their rows. Several times what one command can add,
   * or a pass would not outrun the sessions that come while it lasts.
   */
  readonly sweepRowsMax: number;
  readonly sweepBytesMax: number;
}

const MINUTE_MS = 60_000;
const MIB = 1024 * 1024;

export const DEFAULT_KV_SETTINGS: KvSettings = {
  keyBytesMax: 512,
  valueBytesMax: MIB,
  clientIdBytesMax: 64,
  sessionOpenWindowMs: 10 * MINUTE_MS,
  sessionTtlMs: 30 * MINUTE_MS,
  sessionsMax: 4096,
  sessionBytesMax: MIB,
  keptPreviousBytesMax: 0,
  sessionSweepIntervalMs: 5 * MINUTE_MS,
  sweepRowsMax: 64,
  sweepBytesMax: 4 * MIB,
};
