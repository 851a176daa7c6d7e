/** The key/value state machine: commands, sessions, and the rows in which both are kept. */
export { clientIdRenewMs, formatClientId, issuedAtMs } from './client-id.ts';
export type {
  Command,
  CommandResult,
  Query,
  QueryResult,
  Refusal,
  Reply,
  Session,
  SessionCommand,
} from './command.ts';
export { decodeCommand, encodeCommand } from './command-codec.ts';
export { answerQuery } from './execute.ts';
export { DEFAULT_KV_SETTINGS, type KvSettings } from './limits.ts';
export { applyCommand, type StampedCommand } from './machine.ts';
export { decodeCommandResult, decodeQueryResult, encodeResult } from './result-codec.ts';
export { SHARDS_MAX, shardRange } from './rows.ts';
export {
  decodeScanQuery,
  decodeScanResult,
  encodeScanQuery,
  encodeScanResult,
  SCAN_LIMIT,
  type ScannedRow,
  type ScanQuery,
  type ScanResult,
  scanShard,
} from './scan.ts';
