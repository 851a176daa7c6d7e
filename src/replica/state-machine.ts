import type { Table, TableReader } from '../storage/index.ts';

/**
 * What a group of replicas agrees on. Deterministic: the same commands in the same order leave the same rows and the
 * same results on every replica. So no clock, no randomness and no memory besides the table.
 */
export interface StateMachine<Result, Query, Answer> {
  /** `timeMs` is the clock of the leader that proposed the command, the same for all replicas. */
  apply(table: Table, command: Uint8Array, timeMs: number): Result;
  /** Whether the command may leave more rows, or longer ones, than there were. Without it none is refused for want of room. */
  grows?(command: Uint8Array): boolean;
  /** Depends on nothing but its arguments. `nowMs` is the wall clock of the replica that is asked. */
  query(table: TableReader, query: Query, nowMs: number): Answer;
}
