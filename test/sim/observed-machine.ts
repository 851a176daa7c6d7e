import type { StateMachine } from '../../src/replica/index.ts';
import type { Table, TableReader } from '../../src/storage/index.ts';

/** A state machine that tells which commands it is given, and what became of them. */
export class ObservedMachine<Result, Query, Answer> implements StateMachine<Result, Query, Answer> {
  readonly #inner: StateMachine<Result, Query, Answer>;
  readonly #onExecute: (command: Uint8Array) => void;
  readonly #onExecuted: (command: Uint8Array, result: Result) => void;

  constructor(
    inner: StateMachine<Result, Query, Answer>,
    onExecute: (command: Uint8Array) => void,
    onExecuted: (command: Uint8Array, result: Result) => void = () => {},
  ) {
    this.#inner = inner;
    this.#onExecute = onExecute;
    this.#onExecuted = onExecuted;
  }

  apply(table: Table, command: Uint8Array, timeMs: number): Result {
    this.#onExecute(command);
    const result = this.#inner.apply(table, command, timeMs);
    this.#onExecuted(command, result);
    return result;
  }

  grows(command: Uint8Array): boolean {
    return this.#inner.grows?.(command) === true;
  }

  query(table: TableReader, query: Query, nowMs: number): Answer {
    return this.#inner.query(table, query, nowMs);
  }
}
