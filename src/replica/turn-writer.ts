/**
 * Writes what a turn changes, and what earlier ones have left to be written.
 *
 * replica.A1  What applying changes, and how far it is applied, is written in one turn of the storage: in the state that a
 *     later life begins with no command is applied twice and none is left out.
 */

import type { Effects, LogId } from '../raft/index.ts';
import { OverlayTable, type ReplicaStorage } from '../storage/index.ts';
import type { Execution } from './execution.ts';
import type { ReplicaLimits } from './options.ts';

/** What a turn has executed of what is committed. */
interface Written {
  /** Up to where the state is executed to the end now, if that is further than before. */
  readonly applied: LogId | undefined;
  /** Tell the callers their results. */
  readonly answers: readonly (() => void)[];
}

type Executing = Pick<Execution<never>, 'committed' | 'isBehind' | 'execute' | 'replaced'>;

type WriterLimits = Pick<ReplicaLimits, 'turnBytesMax' | 'checkpointIdleMs'>;

const NOTHING_EXECUTED: Written = { applied: undefined, answers: [] };

export class TurnWriter {
  readonly #storage: ReplicaStorage;
  readonly #execution: Executing;
  readonly #limits: WriterLimits;
  /** Undefined: it has not been looked since something was applied. */
  #quietSinceMs: number | undefined;

  constructor(storage: ReplicaStorage, execution: Executing, limits: WriterLimits) {
    this.#storage = storage;
    this.#execution = execution;
    this.#limits = limits;
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
    const { through, answers } = this.#execution.execute(table, this.#limits.turnBytesMax);
    storage.write({ store, applied: { through, changes: table.changes } });
    this.#quietSinceMs = undefined;
    return { applied: through.index > before ? through : undefined, answers };
  }

  /** To be called now and then. */
  tidy(nowMs: number): void {
    this.#quietSinceMs ??= nowMs;
    if (nowMs - this.#quietSinceMs >= this.#limits.checkpointIdleMs) this.#storage.checkpoint();
  }
}
