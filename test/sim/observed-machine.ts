import type { StateMachine } from '../../src/replica/index.ts';
import { OverlayTable, type Table, type TableReader } from '../../src/storage/index.ts';

/** `changedBytes`: of the rows that the turn has changed before. */
export type OnExecute = (command: Uint8Array, changedBytes: number) => void;

/** A state machine that tells which commands it is given, and what became of them. */
export class ObservedMachine<Result, Query, Answer> implements StateMachine<Result, Query, Answer> {
  readonly #inner: StateMachine<Result, Query, Answer>;
  readonly #onExecute: OnExecute;
  readonly #onExecuted: (command: Uint8Array, result: Result) => void;

  constructor(
    inner: StateMachine<Result, Query, Answer>,
    onExecute: OnExecute,
    onExecuted: (command: Uint8Array, result: Result) => void = () => {},
  ) {
    this.#inner = inner;
    this.#onExecute = onExecute;
    this.#onExecuted = onExecuted;
  }

  get reads(): number {
    return this.#inner.reads ?? 0;
  }

  levelOf(command: Uint8Array): number | undefined {
    return this.#inner.levelOf === undefined ? 0 : this.#inner.levelOf(command);
  }

  readsRow(key: string, value: Uint8Array): boolean {
    return this.#inner.readsRow?.(key, value) ?? true;
  }

  apply(table: Table, command: Uint8Array, timeMs: number): Result {
    this.#onExecute(command, changedBytes(table));
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

function changedBytes(table: Table): number {
  let bytes = 0;
  if (!(table instanceof OverlayTable)) return bytes;
  for (const [key, value] of table.changes) bytes += key.length + (value?.byteLength ?? 0);
  return bytes;
}
