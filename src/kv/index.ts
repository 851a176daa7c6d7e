/** The key/value state machine: commands, sessions, and the rows in which both are kept. */
export { clientIdRenewMs, formatClientId, issuedAtMs } from './client-id.ts';
export {
  type CommandRefusal,
  type CommandResult,
  QUERY,
  type Query,
  type QueryResult,
  RESULTS,
  type ScanQuery,
  type ScanResult,
  SESSION_COMMAND,
  type Session,
  type SessionCommand,
  type ValueResult,
} from './command.ts';
export { DEFAULT_KV_SETTINGS, type KvSettings } from './limits.ts';
export { answerQuery, applyCommand, growsStore, revisionOf, type StampedCommand } from './machine.ts';
export type { Command, CommandReply } from './operations.ts';
export { SHARDS_MAX, shardRange } from './rows.ts';
export { SCAN_LIMIT } from './scan.ts';
export { raiseRevision } from './shard-meta.ts';
export { isShardRow, isShardRowKey, readsShardRow } from './shard-row.ts';
