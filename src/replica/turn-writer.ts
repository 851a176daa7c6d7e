/**
 * Writes what a turn changes.
 *
 * replica.A1  What applying changes, and how far it is applied, is written in one turn of the storage: in the state that a
 *     later life begins with no command is applied twice and none is left out.
 */

import type { Effects, LogId } from '../raft/index.ts';
import { OverlayTable, type ReplicaStorage } from '../storage/index.ts';
import type { Execution } from './execution.ts';

/** What a turn has executed of what is committed. */
interface Written {
  /** Up to where the state is executed to the end now, if that is further than before. */
  readonly applied: LogId | undefined;
  /** Tell the callers their results. */
  readonly answers: readonly (() => void)[];
}

type Executing = Pick<Execution<never>, 'committed' | 'isBehind' | 'execute' | 'replaced'>;

const NOTHING_EXECUTED: Written = { applied: undefined, answers: [] };

export class TurnWriter {
  readonly #storage: ReplicaStorage;
  readonly #execution: Executing;
  readonly #turnBytesMax: number;

  constructor(storage: ReplicaStorage, execution: Executing, turnBytesMax: number) {
    this.#storage = storage;
    this.#execution = execution;
    this.#turnBytesMax = turnBytesMax;
  }

  /** All that the step stores, and as much of what is committed as a turn may do (replica.X2). `before`: as far as it was. */
  write({ store, apply }: Effects, before: number): Written {
    const storage = this.#storage;
    if (store?.install?.done) {
      storage.write({ store, applied: undefined });
      this.#execution.replaced(storage.table, store.install.snapshot);
      return NOTHING_EXECUTED;
    }
    this.#execution.committed(apply);
    if (!this.#execution.isBehind) {
      if (store !== undefined) storage.write({ store, applied: undefined });
      return NOTHING_EXECUTED;
    }
    const table = new OverlayTable(storage.table);
    const { through, answers } = this.#execution.execute(table, this.#turnBytesMax);
    storage.write({ store, applied: { through, changes: table.changes } });
    return { applied: through.index > before ? through : undefined, answers };
  }
}
