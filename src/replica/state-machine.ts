import type { Table, TableReader } from '../storage/index.ts';

/**
 * What a group of replicas agrees on. Deterministic: the same commands in the same order leave the same rows and the
 * same results on every replica. So no clock, no randomness and no memory besides the table.
 *
 * What is agreed on must not stop a replica: `apply` throws for nothing that was sent, only where the state itself is not
 * what this code has written. What it cannot read it answers with a refusal, the same everywhere.
 *
 * A command is proposed only when all replicas of the group can read it. For that each new format of commands has the
 * next level; a replica announces the highest that it reads. Level 0 is what every version reads, and is never asked for.
 * A new format of what the log holds around commands (batch-codec.ts), or of rows, counts as one of a command.
 */
export interface StateMachine<Result, Query, Answer> {
  /** The highest level of commands that this code can read; 0 if it does not say. */
  readonly reads?: number;
  /** The level of a command; undefined for one that this code does not know, and never proposes. Undefined: 0 for all. */
  levelOf?(command: Uint8Array): number | undefined;
  /** Whether this code can read a row, of a snapshot that comes from elsewhere. Rows of kinds that nobody here reads do no harm. */
  readsRow?(key: string, value: Uint8Array): boolean;
  /** `timeMs` is the clock of the leader that proposed the command, the same for all replicas. */
  apply(table: Table, command: Uint8Array, timeMs: number): Result;
  /** Whether the command may leave more rows, or longer ones, than there were. Without it none is refused for want of room. */
  grows?(command: Uint8Array): boolean;
  /** Depends on nothing but its arguments. `nowMs` is the wall clock of the replica that is asked. */
  query(table: TableReader, query: Query, nowMs: number): Answer;
}
