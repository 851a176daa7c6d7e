import type { RaftOptions } from '../raft/index.ts';

/** Settings of a replica besides those of its consensus core. */
export interface ReplicaLimits {
  /** Commands and bytes in one log entry. One larger command still goes, alone. */
  readonly batchCommandsMax: number;
  readonly batchBytesMax: number;
  /** Entries that were proposed and are not committed yet; a batch that is not full waits for the one before it. */
  readonly batchesInFlightMax: number;
  /** How long a batch gathers when the one before held more than one command (docs/decisions/0004). */
  readonly gatherMs: number;
  /** One command. More than a value or a part of a shard needs, and less than a row of the log may have. */
  readonly commandBytesMax: number;
  /**
   * Bytes of rows that a turn writes to the state and reads from it; one command still goes, alone. A batch gets as many
   * commands as made up so much when the last ones were executed.
   */
  readonly turnBytesMax: number;
  /** Commands and bytes that wait for a place in a batch; beyond it they are refused. */
  readonly queueCommandsMax: number;
  readonly queueBytesMax: number;
  /** The log is compacted when it holds more than this many entries or payload bytes. */
  readonly logEntriesMax: number;
  readonly logBytesMax: number;
  /** Applied entries that stay for peers which are a little behind. */
  readonly logTailEntries: number;
  /** A replica that has applied nothing for so long writes what is kept of its state (write-behind.ts of src/storage). */
  readonly checkpointIdleMs: number;
  /** One chunk of a snapshot. */
  readonly chunkBytesMax: number;
  /** Between two chunks for one peer: what is left to clients when all replicas share a thread (chunk-queue.ts). */
  readonly chunkPauseMs: number;
  /** A frozen view that nobody has asked for so long is given up. */
  readonly viewIdleMs: number;
  /** Reads that wait for a confirmation or for entries to be applied. */
  readonly waitingReadsMax: number;
  /** Bytes of answers that have not left yet; beyond it reads wait, and appends are refused. */
  readonly readBytesMax: number;
  /** How long a read that could be answered waits for room; then it is refused. */
  readonly readWaitMsMax: number;
  /** How long a read of a replica's own state waits for it to come as far as the caller wants. */
  readonly localWaitMsMax: number;
}

export const DEFAULT_REPLICA_LIMITS: ReplicaLimits = {
  batchCommandsMax: 512,
  batchBytesMax: 1 << 20,
  batchesInFlightMax: 4,
  gatherMs: 1,
  commandBytesMax: 1_600_000,
  turnBytesMax: 8 << 20,
  queueCommandsMax: 8192,
  queueBytesMax: 12 << 20,
  logEntriesMax: 4096,
  logBytesMax: 8 << 20,
  logTailEntries: 512,
  checkpointIdleMs: 30_000,
  chunkBytesMax: 1 << 20,
  chunkPauseMs: 25,
  viewIdleMs: 30_000,
  waitingReadsMax: 8192,
  readBytesMax: 8 << 20,
  readWaitMsMax: 3000,
  localWaitMsMax: 1000,
};

export interface ReplicaOptions {
  readonly raft: RaftOptions;
  readonly limits: ReplicaLimits;
}
