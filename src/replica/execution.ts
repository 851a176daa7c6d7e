/**
 * Executes what was committed, and keeps for whom: own proposals by log index, until their results are told or
 * leadership is lost.
 *
 * replica.X1  A proposal leaves this table only together with its answer. So whatever throws between executing and
 *     telling, its caller is still known, and `abandon` answers it (replica.A3).
 */

import { type Entry, invariant, type ReplicaId } from '../raft/index.ts';
import type { Table } from '../storage/index.ts';
import { BATCH } from './batch-codec.ts';
import type { Proposal } from './proposal-queue.ts';
import type { StateMachine } from './state-machine.ts';

interface InFlight<Result> {
  readonly term: number;
  readonly batch: readonly Proposal<Result>[];
}

export class Execution<Result> {
  readonly #stateMachine: Pick<StateMachine<Result, never, never>, 'apply'>;
  readonly #inFlight = new Map<number, InFlight<Result>>();

  constructor(stateMachine: Pick<StateMachine<Result, never, never>, 'apply'>) {
    this.#stateMachine = stateMachine;
  }

  /** Entries that this replica has proposed and not answered yet. */
  get entriesInFlight(): number {
    return this.#inFlight.size;
  }

  get bytesInFlight(): number {
    let bytes = 0;
    for (const { batch } of this.#inFlight.values())
      for (const { command } of batch) bytes += command.byteLength;
    return bytes;
  }

  proposed(index: number, inFlight: InFlight<Result>): void {
    this.#inFlight.set(index, inFlight);
  }

  /** Executes an entry on `table`. Returns what tells those who wait for it; to be called once the table is written. */
  execute(table: Table, entry: Entry): () => void {
    if (entry.kind === 'noop') return () => {};
    const { timeMs, commands } = BATCH.decode(entry.payload);
    const results = commands.map((command) => this.#stateMachine.apply(table, command, timeMs));
    const waiting = this.#inFlight.get(entry.index);
    if (waiting === undefined) return () => {};
    invariant(waiting.term === entry.term, `entry ${entry.index} was replaced while this replica led`);
    return () => {
      this.#inFlight.delete(entry.index);
      for (const [position, { done }] of waiting.batch.entries()) {
        const result = results[position];
        invariant(result !== undefined, `entry ${entry.index} lacks the result of command ${position}`);
        done({ type: 'done', result, index: entry.index, ageMsMax: undefined });
      }
    };
  }

  /** Nobody here will learn what becomes of what is in flight. */
  abandon(leader: ReplicaId | undefined): void {
    const abandoned = [...this.#inFlight.values()];
    this.#inFlight.clear();
    for (const { batch } of abandoned) for (const { done } of batch) done({ type: 'unknown', leader });
  }
}
