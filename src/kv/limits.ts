/**
 * What bounds the state machine. A setting decides what a command does, so it is part of the state machine:
 * every replica of a group must run with the same ones.
 */
export interface KvSettings {
  /** Bytes of UTF-8. */
  readonly keyBytesMax: number;
  readonly valueBytesMax: number;
  readonly clientIdBytesMax: number;
  /** A session opens in a shard only this close to the time its client id was issued, on either side. */
  readonly sessionOpenWindowMs: number;
  /** A session is forgotten this long after its last write; more than twice the open window (see sessions.ts). */
  readonly sessionTtlMs: number;
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
  sessionSweepIntervalMs: 5 * MINUTE_MS,
  sweepRowsMax: 64,
  sweepBytesMax: 4 * MIB,
};
